//! Compiles the C part: variadic functions and weak defaults.

fn main() {
    let sources = ["src/ffi/variadic.c", "src/ffi/weak.c"];
    for source in sources {
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    // One section per function: a program that calls none of a chapter's functions need not link that chapter.
    cc::Build::new()
        .files(sources)
        .std("c99")
        .warnings(true)
        .extra_warnings(true)
        .flags(["-pedantic", "-Wconversion", "-Wshadow", "-Wundef"])
        .flags(["-ffunction-sections", "-fdata-sections", "-fPIC"])
        .compile("vansire_c");
}
