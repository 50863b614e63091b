//! Lines over epochs, as SVG.

use super::Error;
use plotters::prelude::*;

/// Width and height of a chart, in pixels.
const SIZE: (u32, u32) = (960, 540);
/// Font and size of axes and legend.
const LABELS: (&str, u32) = ("sans-serif", 16);
/// Most lines that can be told apart; the smallest of the rest are summed up.
const MOST_LINES: usize = 12;

/// A line: a name, and a value for each epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What the line is called.
    pub name: String,
    /// From the first epoch on.
    pub values: Vec<f64>,
}

/// Draws shares (0 to 1) over epochs.
///
/// # Errors
/// When the drawing library refuses.
pub fn draw(title: &str, series: &[Series]) -> Result<String, Error> {
    let lines = readable(series);
    let epochs = lines.iter().map(|line| line.values.len()).max().unwrap_or(0).max(2);
    let values = lines.iter().flat_map(|line| line.values.iter().copied());
    let top = values.fold(0.0, f64::max).max(0.01) * 1.05;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        draw_on(&area, title, &lines, epochs, top).map_err(|error| Error::Chart(error.to_string()))?;
        area.present().map_err(|error| Error::Chart(error.to_string()))?;
    }
    Ok(svg)
}

fn draw_on<B: DrawingBackend>(
    area: &DrawingArea<B, plotters::coord::Shift>,
    title: &str,
    lines: &[Series],
    epochs: usize,
    top: f64,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(1..epochs, 0.0..top)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .label_style(LABELS)
        .x_desc("epoch")
        .y_desc("share of what the epoch paid")
        .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .draw()?;
    for (index, line) in lines.iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let points = (1..).zip(line.values.iter().copied());
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(line.name.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .label_font(LABELS)
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.2))
        .draw()
}

/// The lines with the largest sums in their order, and all others as one.
fn readable(series: &[Series]) -> Vec<Series> {
    if series.len() <= MOST_LINES {
        return series.to_vec();
    }
    let sum = |line: &Series| line.values.iter().sum::<f64>();
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by(|left, right| sum(&series[*right]).total_cmp(&sum(&series[*left])));
    let (kept, rest) = order.split_at(MOST_LINES - 1);
    let mut kept = kept.to_vec();
    kept.sort_unstable();
    let length = series.iter().map(|line| line.values.len()).max().unwrap_or(0);
    let others = (0..length).map(|epoch| {
        let values = rest.iter().filter_map(|index| series[*index].values.get(epoch));
        values.sum()
    });
    let others = Series {
        name: format!("{} others", rest.len()),
        values: others.collect(),
    };
    kept.into_iter()
        .map(|index| series[index].clone())
        .chain([others])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, value: f64) -> Series {
        Series {
            name: name.to_owned(),
            values: vec![value; 5],
        }
    }

    #[test]
    fn a_chart_names_its_lines_and_escapes_what_a_file_says() {
        let svg = draw("who <earns>", &[line("a&b", 0.25), line("c", 0.75)]).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("who &lt;earns&gt;") && svg.contains("a&amp;b"), "{svg}");
        // Each line has a stroke of two pixels, in the chart and in the legend.
        assert_eq!(svg.matches("stroke-width=\"2\"").count(), 4, "{svg}");
    }

    #[test]
    fn few_epochs_or_none_can_be_drawn() {
        draw("none", &[]).unwrap();
        draw(
            "one",
            &[Series {
                name: "a".into(),
                values: vec![0.0],
            }],
        )
        .unwrap();
    }

    #[test]
    fn the_smallest_of_many_lines_become_one() {
        let many: Vec<Series> = (0..40)
            .map(|index| line(&index.to_string(), f64::from(index)))
            .collect();
        let shown = readable(&many);
        assert_eq!(shown.len(), MOST_LINES);
        assert_eq!(shown[0].name, "29");
        assert_eq!(shown[11].name, "29 others");
        assert_eq!(shown[11].values[0], f64::from((0..29).sum::<u32>()));
    }
}
