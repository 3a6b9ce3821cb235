//! What each layer stops: without it, an attack does harm that it does not do with it.

use std::path::Path;

use manim_core::Isolation;
use manim_renderer::{Environment, Layer};
use serde_json::{Value, json};

use crate::arena::{Arena, Verdict};
use crate::attack::attack;
use crate::child::{As, supervise, tell};
use crate::victims::Victims;

/// Layers that are left out, at which level, the attack that then does harm, and the harm.
/// Harmless to the machine all of them.
const TABLE: [(&[Layer], Isolation, &str, &str); 12] = [
    (
        &[Layer::Users],
        Isolation::L3,
        "name-of-the-machine",
        "the name of the machine came out",
    ),
    (
        &[Layer::Users],
        Isolation::L3,
        "a-look",
        "it shares our mnt namespace",
    ),
    (
        &[Layer::Processes],
        Isolation::L3,
        "a-look",
        "it shares our pid namespace",
    ),
    (
        &[Layer::Network],
        Isolation::L3,
        "a-look",
        "it shares our net namespace",
    ),
    (
        &[Layer::Ipc],
        Isolation::L3,
        "a-look",
        "it shares our ipc namespace",
    ),
    (
        &[Layer::Capabilities],
        Isolation::L3,
        "a-look",
        "it holds capabilities",
    ),
    (
        &[Layer::Dumpable],
        Isolation::L3,
        "a-look",
        "it can be looked at by its equals",
    ),
    (&[Layer::Limits], Isolation::L3, "descriptors", "it holds 1"),
    (
        &[Layer::Landlock],
        Isolation::L2,
        "secret-file",
        "a secret came out",
    ),
    (
        &[Layer::Landlock],
        Isolation::L2,
        "overwrite",
        "a planted file was touched",
    ),
    (
        &[Layer::Calls],
        Isolation::L2,
        "unix-socket",
        "the unix listener was reached",
    ),
    // The kernel's networks are one wall, Landlock and the filter are two others.
    (
        &[Layer::Calls, Layer::Landlock, Layer::Network],
        Isolation::L3,
        "tcp",
        "the TCP listener was reached",
    ),
];

/// The same attacks with these layers do no harm: one wall holds by itself.
const ALONE: [(&[Layer], Isolation, &str); 2] = [
    (&[Layer::Calls, Layer::Landlock], Isolation::L3, "tcp"),
    (&[Layer::Calls, Layer::Landlock], Isolation::L3, "secret-file"),
];

#[test]
fn without_any_of_its_layers_the_jail_lets_something_through() {
    let told = supervise("layer", As::Us);
    assert_eq!(told.len(), TABLE.len() + ALONE.len());
    let (without, alone) = told.split_at(TABLE.len());
    for (row, seen) in TABLE.iter().zip(without) {
        let harm = seen["harm"].to_string();
        assert!(
            harm.contains(row.3),
            "without {:?}, {} should do harm ({}): {seen}",
            row.0,
            row.2,
            row.3
        );
    }
    for (row, seen) in ALONE.iter().zip(alone) {
        let faults: Vec<&str> = seen["harm"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert!(
            faults.is_empty(),
            "without {:?}, {} does harm: {seen}",
            row.0,
            row.2
        );
    }
}

/// In a supervisor of its own.
pub(crate) async fn perform(environment: &Environment, place: &Path) {
    let alone = ALONE.iter().map(|(off, level, name)| (*off, *level, *name));
    for (off, level, name) in TABLE.iter().map(|row| (row.0, row.1, row.2)).chain(alone) {
        let room = place.join(format!(
            "{}-{name}-{level}",
            off.iter().map(|layer| format!("{layer:?}")).collect::<String>()
        ));
        std::fs::create_dir(&room).unwrap();
        let mut victims = Victims::plant(&room, environment);
        victims.remember();
        let arena = Arena::open(environment, &room, &victims, level, off).await;
        let attack = attack(name);
        let Verdict { seen, said, mut harm } = arena.provoke(&attack).await;
        harm.extend(victims.visitors());
        harm.extend(victims.differences());
        tell(&json!({"off": format!("{off:?}"), "attack": name, "seen": seen, "said": said, "harm": harm}));
    }
}
