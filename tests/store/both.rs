//! Each test runs on both kinds of store.

/// Makes two tests of each function over a [`Bed`](crate::bed::Bed): `…::sqlite` and `…::postgres`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($bed:ident: Bed) $body:block)+) => {
        $(
            $(#[$meta])*
            mod $name {
                use super::*;
                use $crate::bed::Bed;

                async fn run($bed: Bed) $body

                #[tokio::test]
                async fn sqlite() {
                    run(Bed::sqlite().await).await;
                }

                #[tokio::test]
                async fn postgres() {
                    if let Some(bed) = Bed::postgres().await {
                        run(bed).await;
                    }
                }
            }
        )+
    };
}
