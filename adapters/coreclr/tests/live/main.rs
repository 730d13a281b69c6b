//! Live tests against real runtimes: .NET Core 3.1 and .NET 9, as `scripts/fetch-dotnet.sh` fetches them.
//!
//! Without the runtimes, or without the C# compiler, one line says so and how to get them; nothing is tested then.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod attach;
mod cost;
mod diagnostics;
mod embedded;
mod exceptions;
mod json;
mod outside;
mod processes;
mod runtimes;
mod settings;
mod standalone;
mod watched;
