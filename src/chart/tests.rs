use proptest::prelude::*;
use resvg::usvg::{Group, Node};

use super::canvas::WIDTH;
use super::*;
use crate::domain::chart::{
    Band, Bar, Bars, Distribution, Heat, HeatRow, Layer, Line, Mark, MarkKind, Point, Scale, Stack, Trend,
};

const SCALES: [Scale; 5] =
    [Scale::Seconds { days: true }, Scale::Seconds { days: false }, Scale::Percent, Scale::Count, Scale::Number];

fn chart(scale: Scale, figure: Figure) -> Chart {
    Chart {
        title: "First response time: 42m 00s".into(),
        subtitle: "median by day, 16–22 Nov 2026 (Europe/Berlin)".into(),
        alt: "First response time by day: 42m 00s".into(),
        scale,
        figure,
    }
}

fn point(label: &str, value: Option<f64>, shown: &str) -> Point {
    Point { label: label.into(), value, shown: shown.into(), running: false }
}

fn trend() -> Chart {
    let mut points = vec![
        point("Mon 16", Some(3120.0), "52m 00s"),
        point("Tue 17", Some(4980.0), "1h 23m"),
        point("Wed 18", None, "n/a"),
        point("Thu 19", Some(2220.0), "37m 00s"),
        point("Fri 20", Some(2520.0), "42m 00s"),
    ];
    points[4].running = true;
    let target = Some(Line { value: 3600.0, label: "target 1h 00m".into() });
    chart(Scale::Seconds { days: false }, Figure::Trend(Trend { points, target }))
}

fn bars() -> Chart {
    let bar = |name: &str, value: Option<f64>, shown: &str, before: Option<f64>| Bar {
        name: name.into(),
        value,
        shown: shown.into(),
        note: "n=12".into(),
        before,
        target: Some(3600.0),
    };
    let bars = vec![
        bar("billing <&> \"returns\"", Some(2520.0), "42m 00s", Some(3060.0)),
        bar("tier 2", None, "no data", Some(5460.0)),
    ];
    let (now, before) = ("16–22 Nov".into(), Some("9–15 Nov".into()));
    chart(
        Scale::Seconds { days: false },
        Figure::Bars(Bars { bars, now, before, target: Some("target".into()), more: 2 }),
    )
}

fn heat() -> Chart {
    let row = |name: &str, cells: Vec<Option<f64>>| HeatRow { name: name.into(), cells };
    let rows = vec![row("Mon", vec![Some(0.0), Some(4.0), None]), row("Tue", vec![Some(1.0), Some(2.0), Some(3.0)])];
    let columns = vec!["0".into(), "1".into(), "2".into()];
    chart(Scale::Count, Figure::Heat(Heat { columns, rows, most: "Most: Mon 01:00, 4".into() }))
}

fn stack() -> Chart {
    let layer = |name: &str, values: Vec<Option<f64>>| Layer { name: name.into(), shown: "9".into(), values };
    let layers = vec![layer("email", vec![Some(4.0), Some(5.0)]), layer("chat", vec![Some(2.0), None])];
    let columns = vec!["16 Nov".into(), "17 Nov".into()];
    chart(Scale::Count, Figure::Stack(Stack { columns, running: true, layers }))
}

fn distribution() -> Chart {
    let band = |from, to, count| Band { from, to, count };
    let bands = vec![band(0.0, Some(900.0), 3), band(900.0, Some(3600.0), 6), band(3600.0, None, 1)];
    let mark = |kind, value, label: &str| Mark { kind, value, label: label.into() };
    let marks = vec![
        mark(MarkKind::Median, 1800.0, "median 30m 00s"),
        mark(MarkKind::P90, 4000.0, "90% within 1h 06m"),
        mark(MarkKind::Target, 3600.0, "target 1h 00m"),
    ];
    chart(Scale::Seconds { days: true }, Figure::Distribution(Distribution { bands, marks }))
}

#[test]
fn each_kind_has_its_look() {
    insta::assert_snapshot!("trend", svg(&trend(), Theme::Light));
    insta::assert_snapshot!("bars", svg(&bars(), Theme::Dark));
    insta::assert_snapshot!("heat", svg(&heat(), Theme::Light));
    insta::assert_snapshot!("stack", svg(&stack(), Theme::Dark));
    insta::assert_snapshot!("distribution", svg(&distribution(), Theme::Light));
}

#[test]
fn a_picture_is_drawn_once_and_kept_as_long_as_there_is_room() {
    let pictures = Pictures::new(1);
    let png = |chart: &Chart, theme| pictures.png(chart, theme).unwrap();
    let light = png(&trend(), Theme::Light);
    assert_eq!(light[..8], *b"\x89PNG\r\n\x1a\n");
    let width = u32::from_be_bytes(light[16..20].try_into().unwrap());
    assert_eq!(f64::from(width), WIDTH * f64::from(raster::ZOOM), "as wide as was said");
    assert!(Arc::ptr_eq(&light, &png(&trend(), Theme::Light)), "known");
    let dark = png(&trend(), Theme::Dark);
    assert_ne!(light, dark);
    let again = png(&trend(), Theme::Light);
    assert!(!Arc::ptr_eq(&light, &again), "there was room for one");
    assert_eq!(light, again, "the same bytes for the same chart");
}

/// The boxes of all texts of a picture, which is read as the picture maker reads it.
fn texts(svg: &str) -> (Vec<(String, resvg::tiny_skia::Rect)>, resvg::tiny_skia::Size) {
    fn walk(group: &Group, out: &mut Vec<(String, resvg::tiny_skia::Rect)>) {
        for node in group.children() {
            match node {
                Node::Group(group) => walk(group, out),
                Node::Text(text) => {
                    let words = text.chunks().iter().map(|chunk| chunk.text()).collect();
                    out.push((words, text.abs_bounding_box()));
                }
                Node::Path(_) | Node::Image(_) => {}
            }
        }
    }
    let tree = raster::tree(svg).unwrap_or_else(|e| panic!("{e}: {svg}"));
    let mut out = Vec::new();
    walk(tree.root(), &mut out);
    (out, tree.size())
}

/// Nothing that is written is cut off, and nothing stands on anything else.
fn is_readable(svg: &str) {
    let (texts, size) = texts(svg);
    assert!(!texts.is_empty());
    for (n, (words, at)) in texts.iter().enumerate() {
        assert!(
            at.left() >= 0.0 && at.right() <= size.width() && at.top() >= 0.0 && at.bottom() <= size.height(),
            "{words:?} at {at:?} is outside of {size:?}\n{svg}"
        );
        for (others, other) in &texts[n + 1..] {
            let apart = at.right() <= other.left() + 1.0
                || other.right() <= at.left() + 1.0
                || at.bottom() <= other.top() + 8.0
                || other.bottom() <= at.top() + 8.0;
            assert!(apart, "{words:?} at {at:?} stands on {others:?} at {other:?}\n{svg}");
        }
    }
}

#[test]
fn nothing_written_is_cut_or_stands_on_anything_else() {
    for chart in [trend(), bars(), heat(), stack(), distribution()] {
        is_readable(&svg(&chart, Theme::Light));
    }
}

#[test]
fn what_cannot_be_shown_is_told_apart_from_nothing() {
    let shown = |text: &str| {
        let chart = Chart { title: text.into(), ..trend() };
        texts(&svg(&chart, Theme::Light)).0[0].0.clone()
    };
    assert_eq!(shown("\u{202e}evil\u{200b}\n\tteam\u{7}"), "evil team", "nothing turns the direction");
    assert_eq!(shown("请求 ☎ Ünï Ωμ Жб"), "□□ □ Ünï Ωμ Жб", "what the face lacks is seen to be there");
    assert_eq!(shown("<script>&\"'"), "<script>&\"'", "and is no markup");
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -100.0..10_000.0f64,
        2 => 0.0..1.0f64,
        1 => Just(0.0),
        1 => any::<f64>(),
        1 => Just(f64::MAX),
        1 => Just(-1e300),
    ]
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z]{1,12}( [a-z0-9]{1,9})?",
        1 => "\\PC{0,60}",
        1 => any::<String>(),
        1 => Just("<&>\"'".repeat(200)),
        1 => Just("WWWW ".repeat(2000)),
    ]
}

fn figure() -> impl Strategy<Value = Figure> {
    let maybe = || prop::option::weighted(0.8, value());
    let count = || prop_oneof![8 => 0usize..20, 1 => 60usize..70, 1 => Just(1000usize)];
    let trend = (count(), words(), words(), prop::option::of(value()), any::<bool>()).prop_flat_map(
        move |(n, label, shown, target, running)| {
            prop::collection::vec(maybe(), n).prop_map(move |values| {
                let mut points: Vec<Point> = values.into_iter().map(|v| point(&label, v, &shown)).collect();
                points.iter_mut().for_each(|point| point.running = running);
                Figure::Trend(Trend { points, target: target.map(|value| Line { value, label: label.clone() }) })
            })
        },
    );
    let bar = (words(), maybe(), words(), words(), maybe(), maybe());
    let bar =
        bar.prop_map(|(name, value, shown, note, before, target)| Bar { name, value, shown, note, before, target });
    let bars =
        (prop::collection::vec(bar, 0..9), words(), prop::option::of(words()), prop::option::of(words()), 0usize..9)
            .prop_map(|(bars, now, before, target, more)| Figure::Bars(Bars { bars, now, before, target, more }));
    let row = (words(), prop::collection::vec(maybe(), 0..30)).prop_map(|(name, cells)| HeatRow { name, cells });
    let heat = (prop::collection::vec(row, 0..8), 0usize..25, words()).prop_map(|(rows, columns, most)| {
        Figure::Heat(Heat { columns: (0..columns).map(|hour| hour.to_string()).collect(), rows, most })
    });
    let layer = (words(), words(), prop::collection::vec(maybe(), 0..40)).prop_map(|(name, shown, values)| Layer {
        name,
        shown,
        values,
    });
    let stack = (count(), words(), any::<bool>(), prop::collection::vec(layer, 0..7))
        .prop_map(|(n, label, running, layers)| Figure::Stack(Stack { columns: vec![label; n], running, layers }));
    let band = (0.0..1e6f64, prop::option::of(0.0..1e7f64), prop_oneof![Just(0u64), 0u64..1000, Just(u64::MAX)])
        .prop_map(|(from, to, count)| Band { from, to, count });
    let kind = prop::sample::select(vec![MarkKind::Median, MarkKind::P90, MarkKind::Target]);
    let mark = (kind, value(), words()).prop_map(|(kind, value, label)| Mark { kind, value, label });
    let distribution = (prop::collection::vec(band, 0..12), prop::collection::vec(mark, 0..4))
        .prop_map(|(bands, marks)| Figure::Distribution(Distribution { bands, marks }));
    prop_oneof![trend, bars, heat, stack, distribution]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_chart_is_readable(
        figure in figure(),
        title in words(),
        subtitle in words(),
        scale in prop::sample::select(SCALES.to_vec()),
        dark in any::<bool>(),
    ) {
        let theme = if dark { Theme::Dark } else { Theme::Light };
        let svg = svg(&Chart { title, subtitle, alt: "a < b & c".into(), scale, figure }, theme);
        // Words may say what they like; what is drawn has figures.
        let mut drawn = svg.split('<').map(|part| part.split('>').next().unwrap_or_default());
        prop_assert!(!drawn.any(|tag| tag.contains("NaN") || tag.contains("inf")), "{svg}");
        is_readable(&svg);
    }
}
