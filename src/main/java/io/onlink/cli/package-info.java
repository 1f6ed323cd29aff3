/**
 * The command line: one class a subcommand, its options, its exit code and what it prints.
 *
 * <p>This room may use every other one; no other room may use it.
 */
@NullMarked
package io.onlink.cli;

import org.jspecify.annotations.NullMarked;
