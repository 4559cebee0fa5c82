//! {{title}}: the app's own code, for its program, its tests, and the apps that extend it.
{{linked}}