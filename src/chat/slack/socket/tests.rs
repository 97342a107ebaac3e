use super::*;

#[test]
fn the_pause_doubles_to_half_a_minute() {
    let middle = 25;
    let pauses: Vec<u128> = (0..9).map(|n| backoff(n, middle).as_millis()).collect();
    assert_eq!(pauses, [0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    assert_eq!(backoff(u32::MAX, middle), LONGEST_PAUSE);
}

#[test]
fn chance_moves_the_pause_by_a_quarter_at_most() {
    let pauses: Vec<Duration> = (0..500).map(|noise| backoff(1, noise)).collect();
    assert_eq!(pauses.iter().min(), Some(&Duration::from_millis(375)));
    assert_eq!(pauses.iter().max(), Some(&Duration::from_millis(625)));
}

#[test]
fn the_memory_of_envelopes_is_bounded() {
    let mut seen = Seen::default();
    assert!(seen.insert("first"));
    assert!(!seen.insert("first"));
    for n in 0..REMEMBERED {
        assert!(seen.insert(&n.to_string()));
    }
    assert_eq!(seen.ids.len(), REMEMBERED);
    assert!(seen.insert("first"), "the oldest is forgotten");
}
