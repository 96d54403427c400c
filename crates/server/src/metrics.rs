//! What was done so far, as Prometheus reads it.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use waybill_engine::Engine;

/// The format of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of how long requests take, in seconds.
const REQUEST_SECONDS: [f64; 13] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
/// Bounds worth showing of how many commands batches have, and of how long they take, in microseconds.
const BATCH_COMMANDS: RangeInclusive<u64> = 1..=1 << 8;
const BATCH_MICROSECONDS: RangeInclusive<u64> = 1 << 7..=1 << 24;

/// All that is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    request_seconds: Family<Door, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
}

/// What requests are told apart by: few values each, whatever clients send, because each combination is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Request {
    pub door: &'static str,
    pub method: &'static str,
    /// The class, such as `2xx`.
    pub status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Door {
    door: &'static str,
}

impl Metrics {
    /// Counts from now on, and shows what this engine counts.
    pub fn new(engine: Engine) -> Metrics {
        let requests = Family::default();
        let request_seconds = Family::new_with_constructor((|| Histogram::new(REQUEST_SECONDS)) as fn() -> Histogram);
        let in_flight = Gauge::default();
        let mut registry = Registry::with_prefix("waybill");
        registry.register("requests", "Requests that were answered", requests.clone());
        registry.register("request_duration_seconds", "How long requests took", request_seconds.clone());
        registry.register("requests_in_flight", "Requests that are being answered", in_flight.clone());
        registry.register("build", "Which program this is", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register_collector(Box::new(Counted(engine)));
        Metrics { registry, requests, request_seconds, in_flight }
    }

    /// A request has come.
    pub fn request_began(&self) {
        self.in_flight.inc();
    }

    /// A request that had come is over.
    pub fn request_ended(&self, request: &Request, time: Duration) {
        self.in_flight.dec();
        self.requests.get_or_create(request).inc();
        self.request_seconds.get_or_create(&Door { door: request.door }).observe(time.as_secs_f64());
    }

    /// All of it, as it is now.
    pub fn text(&self) -> String {
        let mut out = String::new();
        text::encode(&mut out, &self.registry).expect("a text takes whatever is written to it");
        out
    }
}

/// What the engine counts itself.
struct Counted(Engine);

impl fmt::Debug for Counted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Counted").field(self.0.counts()).finish()
    }
}

impl Collector for Counted {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (out, counts) = (&mut encoder, self.0.counts());
        counter(out, "batches", "Batches that were carried out.", &counts.batches)?;
        counter(out, "commands", "Commands in them.", &counts.commands)?;
        counter(out, "batch_fallbacks", "Batches that were run again command by command.", &counts.fallbacks)?;
        counter(out, "batch_retries", "Batches tried again because others were in the way.", &counts.retries)?;
        counter(out, "commands_turned_away", "Commands that found too many waiting.", &counts.turned_away)?;
        counter(out, "errands", "Errands that were carried out.", &counts.errands)?;
        counter(out, "errands_failed", "Errands that will be tried again.", &counts.errands_failed)?;
        gauge(out, "readers_busy", "Connections that are reading.", self.0.reading())?;
        gauge(out, "commands_waiting", "Commands that wait for a batch.", self.0.waiting())?;
        histogram(out, "batch_commands", "Commands of a batch.", &counts.batch_sizes, BATCH_COMMANDS, |n| n as f64)?;
        histogram(out, "batch_duration_seconds", "Time of a batch.", &counts.batch_times, BATCH_MICROSECONDS, seconds)
    }
}

fn seconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64()
}

fn counter(out: &mut DescriptorEncoder<'_>, name: &str, help: &str, count: &AtomicU64) -> fmt::Result {
    let count = ConstCounter::new(count.load(Ordering::Relaxed));
    count.encode(out.encode_descriptor(name, help, None, MetricType::Counter)?)
}

fn gauge(out: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: usize) -> fmt::Result {
    let value = ConstGauge::new(value as u64);
    value.encode(out.encode_descriptor(name, help, None, MetricType::Gauge)?)
}

/// Shows the buckets within these bounds, and the boundless one; `shown` says a value in the unit of the name.
fn histogram(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: &waybill_engine::Histogram,
    bounds: RangeInclusive<u64>,
    shown: fn(u64) -> f64,
) -> fmt::Result {
    let mut so_far = 0;
    let mut buckets = Vec::new();
    for (bound, up_to_it) in values.cumulated() {
        if bound.is_none_or(|bound| bounds.contains(&bound)) {
            buckets.push((bound.map_or(f64::INFINITY, shown), up_to_it - so_far));
            so_far = up_to_it;
        }
    }
    let mut metric = out.encode_descriptor(name, help, None, MetricType::Histogram)?;
    metric.encode_histogram::<NoLabelSet>(shown(values.sum()), so_far, &buckets, None)
}
