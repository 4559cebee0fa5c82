//! Registering: the macros.

/// Where this stands in the source, as a [`Registered`](crate::Registered): package, file and line.
#[macro_export]
macro_rules! here {
    () => {
        $crate::Registered { package: env!("CARGO_PKG_NAME"), file: file!(), line: line!() }
    };
}

/// Registers a family with every program that links the crate: `register_meta!(Storages);`. The
/// [example of `Type`](crate::Type#examples) shows it at work.
#[macro_export]
macro_rules! register_meta {
    ($meta:ty $(,)?) => {
        $crate::__private::inventory::submit! {
            {
                const _: () = $crate::__private::assert_full_name(
                    <$meta as $crate::Meta>::FULL_NAME,
                );
                $crate::MetaEntry::new::<$meta>($crate::here!())
            }
        }
    };
}

/// Registers a Type with every program that links the crate: for all apps, or for one.
///
/// `register_type!("storages.OssType" => OssType);` is for all, `register_type!(app "acme.Shop",
/// "storages.OssType" => AuditedOss);` for the app of that id, where it comes before the former. Names and
/// ids are constant expressions, and so is the Type: a unit struct, usually, or a call of a `const fn`. It
/// lives as long as the program, so it may hold state. The [example of `Type`](crate::Type#examples) shows it at work.
///
/// A name that no Type can have is refused by the compiler:
///
/// ```compile_fail,E0080
/// # use std::sync::Arc;
/// # use jit_meta::{async_trait, BoundArgs, Error, Function, Instance, LoadContext, Meta, Type, Value};
/// # trait Greeter: Send + Sync {}
/// # struct Greeters;
/// # #[derive(Debug)]
/// # struct ByName;
/// # #[async_trait]
/// # impl Instance for ByName {
/// #     async fn call(&self, _: &str, _: BoundArgs) -> Result<Value, Error> {
/// #         Ok(Value::Null)
/// #     }
/// # }
/// # impl Meta for Greeters {
/// #     const FULL_NAME: &'static str = "greeters.Meta";
/// #     type Interface = dyn Greeter;
/// #     fn functions() -> &'static [Function] {
/// #         &[]
/// #     }
/// #     fn into_instance(_: Arc<dyn Greeter>) -> Arc<dyn Instance> {
/// #         Arc::new(ByName)
/// #     }
/// # }
/// # struct PoliteType;
/// # #[async_trait]
/// # impl Type for PoliteType {
/// #     type Meta = Greeters;
/// #     type Config = ();
/// #     async fn load(&self, _: (), _: LoadContext<'_, Greeters>) -> Result<Arc<dyn Greeter>, Error> {
/// #         unreachable!()
/// #     }
/// # }
/// jit_meta::register_type!("greeters/PoliteType" => PoliteType);
/// ```
#[macro_export]
macro_rules! register_type {
    (app $app:expr, $full_name:expr => $code:expr $(,)?) => {
        $crate::register_type!(@ Some($app), $full_name, $code);
    };
    (@ $app:expr, $full_name:expr, $code:expr) => {
        $crate::__private::inventory::submit! {
            {
                const _: () = $crate::__private::assert_full_name($full_name);
                fn __jit_code() -> &'static $crate::__private::Code {
                    // The Type may hold state, and its own type has no name here: hence the box. Items have
                    // no hygiene: hence the underscores.
                    static __JIT_CODE: ::std::sync::LazyLock<$crate::__private::Code> =
                        ::std::sync::LazyLock::new(|| $crate::__private::Code::new(const { $code }));
                    &__JIT_CODE
                }
                $crate::TypeEntry::held(
                    $app,
                    $full_name,
                    __jit_code,
                    $crate::here!(),
                )
            }
        }
    };
    ($full_name:expr => $code:expr $(,)?) => {
        $crate::register_type!(@ None, $full_name, $code);
    };
}
