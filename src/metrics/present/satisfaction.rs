//! What is said of surveys beside their headlines (the "Shows" of kpis.md 5.2).

use super::super::answer::{Figures, Particulars};
use super::super::format;

/// What a metric of this family adds to its headline.
pub(super) fn particulars(figures: &Figures) -> Vec<String> {
    let count = |n: u64| format::count(n as f64);
    let mut out = Vec::new();
    let mut say = |when: bool, words: &dyn Fn() -> String| {
        if when {
            out.push(words());
        }
    };
    match &figures.detail.particulars {
        Particulars::Rated { mean, scale, bots, .. } => {
            if let (Some(mean), Some(scale)) = (mean, scale) {
                say(true, &|| answer("mean answer", *mean, *scale));
            }
            let (satisfied, all) = *bots;
            let share = || format::percent(Some(satisfied as f64 / all as f64));
            say(all > 0, &|| format!("bots {} of {} more", share(), count(all)));
        }
        Particulars::Answered { of_solved, provisional } => {
            say(*of_solved, &|| "of solved tickets, since nobody says what was sent".to_owned());
            say(*provisional > 0, &|| format!("{} provisional", count(*provisional)));
        }
        Particulars::Score { promoters, passives, detractors, unusual, apart } => {
            let all = promoters + passives + detractors;
            say(all > 0, &|| {
                format!(
                    "{} promoters, {} passives, {} detractors",
                    count(*promoters),
                    count(*passives),
                    count(*detractors)
                )
            });
            say(*apart > 0, &|| format!("{} of the other kind of survey apart", count(*apart)));
            say(*unusual > 0, &|| match *unusual == all {
                true => "non-standard scale".to_owned(),
                false => format!("non-standard scale in {}", count(*unusual)),
            });
        }
        Particulars::Effort { version, mean, unversioned } => {
            let (what, points, good) =
                if *version == 1 { ("little effort", 5, "low is good") } else { ("easy", 7, "high is good") };
            say(figures.detail.unit.is_none(), &|| what.to_owned());
            if let Some(mean) = mean {
                say(true, &|| format!("{} ({good})", answer("mean", *mean, points)));
            }
            say(*unversioned > 0, &|| format!("{} without a version left out", count(*unversioned)));
        }
        Particulars::Comments { themes } => {
            let share = figures.value.zip(figures.n).filter(|(_, n)| *n > 0).map(|(some, n)| some / n as f64);
            if let Some(share) = share {
                say(true, &|| format!("{} of answers", format::percent(Some(share))));
            }
            for (theme, n) in themes.iter().filter(|(_, n)| *n > 0) {
                say(true, &|| format!("{theme} {}", count(*n)));
            }
        }
        Particulars::FollowedUp { pending, next_s } => {
            let due = next_s.map(|s| format!(" (due in {})", format::duration(Some(s)))).unwrap_or_default();
            say(*pending > 0, &|| format!("{} pending{due}", count(*pending)));
        }
        _ => {}
    }
    out
}

/// `mean 4.9 of 7`.
fn answer(what: &str, mean: f64, scale: u32) -> String {
    let greatest = if scale == 11 { 10 } else { scale };
    format!("{what} {mean:.1} of {greatest}")
}
