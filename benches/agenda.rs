//! Coarse events may cost what they like as long as a year of them costs nothing worth mention.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use patchbench_kernel::{Agenda, Phased, SimTime};

#[derive(Clone, Copy)]
struct Event(u8);

impl Phased for Event {
    fn phase(&self) -> u8 {
        self.0
    }

    fn kind(&self) -> u8 {
        0
    }
}

fn push_and_pop(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a coarse event costs less than a microsecond");
    group.throughput(Throughput::Elements(1));
    for pending in [100u64, 10_000] {
        // Times without a pattern: 7919 is prime.
        let at = |number: u64| SimTime::from_millis((number * 7919 % (8 * pending)) as i64);
        let mut agenda = Agenda::new();
        for number in 0..pending {
            agenda.push(at(number), Event((number % 4) as u8));
        }
        let mut number = pending;
        group.bench_function(format!("pop and push, {pending} pending"), |bencher| {
            bencher.iter(|| {
                number += 1;
                let entry = agenda.pop();
                agenda.push(at(number), Event((number % 4) as u8));
                black_box(entry.map(|entry| entry.at))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, push_and_pop);
criterion_main!(benches);
