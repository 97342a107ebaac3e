//! A smooth line through points that never leaves the range between neighbours.

/// The middle two points of the Bézier curve between each pair of neighbours, by Fritsch and Carlson (1980): where the
/// values rise the curve rises, and it turns only at points. `x` must increase.
///
/// A spline that overshoots would draw a response time below zero, or a day better than any was.
pub(super) fn controls(points: &[(f64, f64)]) -> Vec<[(f64, f64); 2]> {
    let slopes: Vec<f64> = points.windows(2).map(|w| (w[1].1 - w[0].1) / (w[1].0 - w[0].0)).collect();
    let (Some(first), Some(last)) = (slopes.first(), slopes.last()) else { return Vec::new() };
    let mut tangents = vec![*first];
    tangents.extend(slopes.windows(2).map(|w| if w[0] * w[1] <= 0.0 { 0.0 } else { f64::midpoint(w[0], w[1]) }));
    tangents.push(*last);
    for (k, slope) in slopes.iter().enumerate() {
        if *slope == 0.0 {
            (tangents[k], tangents[k + 1]) = (0.0, 0.0);
            continue;
        }
        let (a, b) = (tangents[k] / slope, tangents[k + 1] / slope);
        let length = a.hypot(b);
        if length > 3.0 {
            (tangents[k], tangents[k + 1]) = (3.0 * a / length * slope, 3.0 * b / length * slope);
        }
    }
    let between = |(k, w): (usize, &[(f64, f64)])| {
        let third = (w[1].0 - w[0].0) / 3.0;
        [(w[0].0 + third, w[0].1 + tangents[k] * third), (w[1].0 - third, w[1].1 - tangents[k + 1] * third)]
    };
    points.windows(2).enumerate().map(between).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_straight_line_stays_straight_and_a_peak_is_flat() {
        let straight = controls(&[(0.0, 0.0), (3.0, 3.0), (6.0, 6.0)]);
        assert_eq!(straight, [[(1.0, 1.0), (2.0, 2.0)], [(4.0, 4.0), (5.0, 5.0)]]);
        let peak = controls(&[(0.0, 0.0), (3.0, 9.0), (6.0, 0.0)]);
        assert_eq!([peak[0][1].1, peak[1][0].1], [9.0, 9.0], "level where it turns");
        assert!(controls(&[(0.0, 1.0)]).is_empty());
        assert!(controls(&[]).is_empty());
    }

    proptest! {
        /// A Bézier curve stays within the hull of its four points; so no overshoot.
        #[test]
        fn no_curve_leaves_the_range_of_its_neighbours(
            steps in prop::collection::vec((0.01f64..100.0, -1e6f64..1e6), 2..60),
        ) {
            let mut x = 0.0;
            let points: Vec<(f64, f64)> = steps.into_iter().map(|(step, y)| { x += step; (x, y) }).collect();
            for (w, between) in points.windows(2).zip(controls(&points)) {
                let (low, high) = (w[0].1.min(w[1].1), w[0].1.max(w[1].1));
                let slack = (high - low) * 1e-9 + 1e-9;
                for (x, y) in between {
                    prop_assert!((low - slack..=high + slack).contains(&y), "{y} outside {low}..{high}");
                    prop_assert!((w[0].0..=w[1].0).contains(&x));
                }
            }
        }
    }
}
