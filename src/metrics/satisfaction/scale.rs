//! Scales of answers, and from where on an answer is good (kpis.md 5.2.1).

/// A scale by its number of points: 2 to 10 count from 1, 11 is 0 to 10, 100 is 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale(pub(super) u32);

impl Scale {
    /// The least and the greatest answer.
    fn ends(self) -> (f64, f64) {
        match self.0 {
            11 => (0.0, 10.0),
            100 => (0.0, 100.0),
            points => (1.0, f64::from(points)),
        }
    }

    /// Where on the scale an answer is: 0 at its lower end, 1 at the upper.
    pub(super) fn place(self, answer: f64) -> f64 {
        let (low, high) = self.ends();
        (answer - low) / (high - low).max(1.0)
    }

    /// The answers there are, where they are few enough to be listed.
    pub(super) fn answers(self) -> std::ops::Range<u32> {
        match self.0 {
            11 => 0..11,
            points @ 2..=10 => 1..points + 1,
            // A hundred columns help nobody: only the answers given.
            _ => 0..0,
        }
    }

    /// From which answer on a customer counts as satisfied; `least` (`csat.satisfied_min`) instead, unless it is 0.
    pub(super) fn satisfied_from(self, least: f64) -> f64 {
        if least > 0.0 {
            return least;
        }
        match self.0 {
            2 => 2.0,
            3 | 4 => 3.0,
            5 => 4.0,
            7 => 6.0,
            10 | 11 => 9.0,
            100 => 80.0,
            // A scale kpis.md does not list: the top fifth, as of 5 and 100 points.
            points => (f64::from(points) * 0.8).ceil(),
        }
    }

    /// Up to which answer a customer counts against: as far from the bottom as the satisfied are from the top.
    pub(super) fn dissatisfied_to(self, least: f64) -> f64 {
        let (low, high) = self.ends();
        low + (high - self.satisfied_from(least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thresholds_follow_the_scale() {
        let table = [
            (2, 2.0, 1.0),
            (3, 3.0, 1.0),
            (4, 3.0, 2.0),
            (5, 4.0, 2.0),
            (6, 5.0, 2.0),
            (7, 6.0, 2.0),
            (10, 9.0, 2.0),
            (11, 9.0, 1.0),
            (100, 80.0, 20.0),
        ];
        for (points, from, to) in table {
            let scale = Scale(points);
            assert_eq!((scale.satisfied_from(0.0), scale.dissatisfied_to(0.0)), (from, to), "{points} points");
        }
        assert_eq!((Scale(5).satisfied_from(5.0), Scale(5).dissatisfied_to(5.0)), (5.0, 1.0));
    }
}
