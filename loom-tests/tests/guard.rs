//! Sees to it that models really run where they are asked for.

/// The command that runs the models.
const COMMAND: &str = r#"RUSTFLAGS="--cfg loom" cargo test --release --manifest-path loom-tests/Cargo.toml --target-dir target/loom"#;

#[cfg(not(loom))]
#[test]
fn models_are_left_out_only_where_nobody_asked_for_them() {
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS"] {
        let flags = std::env::var(variable).unwrap_or_default();
        assert!(
            !flags.contains("loom"),
            "{variable} is {flags:?}, yet cfg(loom) is missing and no model was built"
        );
    }
    println!("the models run by themselves: {COMMAND}");
}

/// The core, too, must have loom's atomics: with others a model would see one execution and prove nothing.
#[cfg(loom)]
#[test]
fn the_core_is_built_for_models() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static EXECUTIONS: AtomicUsize = AtomicUsize::new(0);
    loom::model(|| {
        EXECUTIONS.fetch_add(1, Ordering::Relaxed);
        let world = loom_tests::World::new();
        let other = std::sync::Arc::clone(&world);
        let fails = loom_tests::spawn(move || other.fail().unwrap());
        world.set_available(false).unwrap();
        fails.join().unwrap();
    });
    assert!(EXECUTIONS.load(Ordering::Relaxed) > 1, "one execution only: was it built by {COMMAND}?");
}
