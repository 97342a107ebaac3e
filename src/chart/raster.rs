//! SVG text → PNG bytes.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, Options, Tree, fontdb};

use super::words::{BOLD, REGULAR};

/// Pixels a unit.
pub(super) const ZOOM: f32 = 2.0;

/// Why there is no picture. Its cause is always a fault of this room.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The SVG text cannot be read.
    #[error("the picture is no SVG")]
    Svg(#[from] usvg::Error),
    /// There is nothing to draw on.
    #[error("the picture has no size")]
    Size,
    /// The picture cannot be packed.
    #[error("the picture cannot be packed")]
    Png(#[from] png::EncodingError),
}

/// The faces in the binary and no others: what the system has would make pictures differ by machine.
static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut faces = fontdb::Database::new();
    for face in [REGULAR, BOLD] {
        faces.load_font_data(face.to_vec());
    }
    Options { font_family: "Inter".to_owned(), fontdb: Arc::new(faces), ..Options::default() }
});

pub(super) fn tree(svg: &str) -> Result<Tree, RenderError> {
    Ok(Tree::from_str(svg, &OPTIONS)?)
}

/// Draws and packs. Packed fast: a picture is sent once, and a slower packing saves little.
pub(super) fn png(svg: &str) -> Result<Vec<u8>, RenderError> {
    let tree = tree(svg)?;
    let size = tree.size().to_int_size().scale_by(ZOOM).ok_or(RenderError::Size)?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or(RenderError::Size)?;
    resvg::render(&tree, Transform::from_scale(ZOOM, ZOOM), &mut pixels.as_mut());
    // The ground is opaque, so the fourth channel says nothing.
    let colours: Vec<u8> = pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut packed = Vec::new();
    let mut encoder = png::Encoder::new(&mut packed, size.width(), size.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&colours)?;
    writer.finish()?;
    Ok(packed)
}
