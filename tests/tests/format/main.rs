//! The application format: a test for each rule of `docs/format.md`, in the module of its chapter and under
//! its name.

#![cfg(test)]

mod diaries;
mod document;
mod support;

mod api;
mod app;
mod ask;
mod chain;
mod code;
mod config;
mod data;
mod element;
mod extends;
mod field;
mod function;
mod handle;
mod inherit;
mod life;
mod pack;
mod reload;
mod schema;
mod selector;
mod service;
mod storage;
mod variable;
