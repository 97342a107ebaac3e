//! How long a picture takes, beside an empty one of the same size: what the machine needs to fill and to pack so many
//! pixels, however little is on them.
//!
//! `cargo bench --bench chart` draws each kind of picture on both grounds and prints the median of some runs: `cold` is
//! drawn, `cached` is remembered, `empty` the sheet without anything on it, `ratio` cold to empty. The first picture of a
//! process, for which the faces must have been read, stands below with what it takes to read them beforehand, as the bot
//! does when it starts.

#![expect(clippy::print_stdout, reason = "a bench talks to the terminal it was started in")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Context;
use deskbell::chart::{Pictures, Theme, prepare, svg};
use deskbell::domain::chart::{
    Band, Bar, Bars, Chart, Distribution, Figure, Heat, HeatRow, Layer, Line, Mark, MarkKind, Point, Scale, Stack,
    Trend,
};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

const RUNS: usize = 15;

fn main() -> anyhow::Result<()> {
    let charts =
        [("trend", trend()), ("bars", bars()), ("heat", heat()), ("stack", stack()), ("distribution", distribution())];
    let begun = Instant::now();
    prepare()?;
    let preparing = begun.elapsed();
    let begun = Instant::now();
    Pictures::new(0).png(&charts[0].1, Theme::Light)?;
    let first = begun.elapsed();
    println!(
        "{:<13} {:<6} {:>7} {:>9} {:>10} {:>9} {:>6}",
        "picture", "ground", "kB", "cold ms", "cached µs", "empty ms", "ratio"
    );
    for (name, chart) in &charts {
        for theme in [Theme::Light, Theme::Dark] {
            let forgetful = Pictures::new(0);
            let kept = Pictures::default();
            let png = kept.png(chart, theme)?;
            let empty = Empty::like(&svg(chart, theme), &png)?;
            let cold = median(|| Ok(forgetful.png(chart, theme)?.len()))?;
            let cached = median(|| Ok(kept.png(chart, theme)?.len()))?;
            let bare = median(|| empty.png().map(|png| png.len()))?;
            println!(
                "{name:<13} {:<6} {:>7} {:>9.1} {:>10.1} {:>9.1} {:>6.1}",
                format!("{theme:?}").to_lowercase(),
                png.len() / 1000,
                cold.as_secs_f64() * 1e3,
                cached.as_secs_f64() * 1e6,
                bare.as_secs_f64() * 1e3,
                cold.as_secs_f64() / bare.as_secs_f64(),
            );
        }
    }
    let (preparing, first) = (preparing.as_secs_f64() * 1e3, first.as_secs_f64() * 1e3);
    println!("preparing at the start: {preparing:.1} ms; then the first picture of the process: {first:.1} ms");
    Ok(())
}

fn median(mut run: impl FnMut() -> anyhow::Result<usize>) -> anyhow::Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        black_box(run()?);
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times[RUNS / 2])
}

/// A sheet without anything on it, drawn and packed the way pictures are.
struct Empty {
    svg: String,
    zoom: f32,
}

impl Empty {
    /// As large as a picture; `png` says how many pixels its units became.
    fn like(svg: &str, png: &[u8]) -> anyhow::Result<Self> {
        let (head, rest) = svg.split_once('>').context("a picture has a head")?;
        let ground = rest.lines().find(|line| line.starts_with("<rect")).context("a picture has a ground")?;
        let units = Tree::from_str(svg, &Options::default())?.size();
        let pixels = png.get(16..20).and_then(|width| width.try_into().ok()).map(u32::from_be_bytes);
        let zoom = pixels.context("a PNG says how wide it is")? as f32 / units.width();
        Ok(Self { svg: format!("{head}>{ground}</svg>"), zoom })
    }

    fn png(&self) -> anyhow::Result<Vec<u8>> {
        let tree = Tree::from_str(&self.svg, &Options::default())?;
        let size = tree.size().to_int_size().scale_by(self.zoom).context("it has a size")?;
        let mut pixels = Pixmap::new(size.width(), size.height()).context("it has a size")?;
        resvg::render(&tree, Transform::from_scale(self.zoom, self.zoom), &mut pixels.as_mut());
        let colours: Vec<u8> = pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        let mut packed = Vec::new();
        let mut encoder = png::Encoder::new(&mut packed, size.width(), size.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&colours)?;
        writer.finish()?;
        Ok(packed)
    }
}

fn chart(title: &str, scale: Scale, figure: Figure) -> Chart {
    let subtitle = "24 Oct – 22 Nov 2026 (Europe/Berlin) · business hours".to_owned();
    Chart { title: title.to_owned(), subtitle, alt: title.to_owned(), scale, figure }
}

/// Values that rise and fall, the same in each run.
fn wave(n: u32, mean: f64) -> f64 {
    let n = f64::from(n);
    mean * (1.0 + 0.5 * (n * 0.7).sin() * (n * 0.13).cos())
}

fn trend() -> Chart {
    let point = |n| Point {
        label: format!("{} Nov", n + 1),
        value: (n % 7 != 5).then(|| wave(n, 3000.0)),
        shown: "50m 00s".into(),
        running: n == 29,
    };
    let target = Some(Line { value: 3600.0, label: "target 1h 00m".into() });
    let figure = Figure::Trend(Trend { points: (0..30).map(point).collect(), target });
    chart("First response time by day: 50m 00s", Scale::Seconds { days: false }, figure)
}

fn bars() -> Chart {
    let bar = |n| Bar {
        name: format!("tier {n} escalations"),
        value: Some(wave(n, 3000.0)),
        shown: "50m 00s".into(),
        note: "n=81 · was 1h 31m".into(),
        before: Some(wave(n + 9, 3600.0)),
        target: Some(3600.0),
    };
    let (now, before, target) = ("16–22 Nov".into(), Some("9–15 Nov".into()), Some("target 1h 00m".into()));
    let figure = Figure::Bars(Bars { bars: (0..8).map(bar).collect(), now, before, target, more: 3 });
    chart("First response time by team: 50m 00s", Scale::Seconds { days: false }, figure)
}

fn heat() -> Chart {
    let cells = |day: u32| (0..24).map(|hour| Some(wave(day * 24 + hour, 12.0))).collect();
    let row = |(day, name): (u32, &str)| HeatRow { name: name.into(), cells: cells(day) };
    let rows = (0..).zip(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]).map(row).collect();
    let columns = (0..24).map(|hour| hour.to_string()).collect();
    let figure = Figure::Heat(Heat { columns, rows, most: "Most: Mon 10:00–11:00, 18 an hour".into() });
    chart("Tickets created by hour: 1,204", Scale::Number, figure)
}

fn stack() -> Chart {
    let layer = |(n, name): (u32, &str)| Layer {
        name: name.into(),
        shown: "345 (42%)".into(),
        values: (0..30).map(|day| Some(wave(day + n, f64::from(30 - 5 * n)))).collect(),
    };
    let layers = (0..).zip(["email", "chat", "phone", "web form", "3 others"]).map(layer).collect();
    let columns = (1..31).map(|day| format!("{day} Nov")).collect();
    let figure = Figure::Stack(Stack { columns, running: true, layers });
    chart("Tickets created by channel: 812", Scale::Count, figure)
}

fn distribution() -> Chart {
    let bounds = [0.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 86_400.0];
    let counts = [24, 61, 134, 189, 122, 61, 14, 6];
    let bands = bounds.windows(2).zip(counts).map(|(b, count)| Band { from: b[0], to: Some(b[1]), count }).collect();
    let mark = |kind, value, label: &str| Mark { kind, value, label: label.into() };
    let marks = vec![
        mark(MarkKind::Median, 2520.0, "median 42m 00s"),
        mark(MarkKind::P90, 11_400.0, "90% within 3h 10m"),
        mark(MarkKind::Target, 3600.0, "target 1h 00m"),
    ];
    chart(
        "First response time: 42m 00s",
        Scale::Seconds { days: false },
        Figure::Distribution(Distribution { bands, marks }),
    )
}
