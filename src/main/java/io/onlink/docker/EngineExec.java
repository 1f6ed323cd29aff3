package io.onlink.docker;

import org.jspecify.annotations.Nullable;

/**
 * A process that was started in a container from outside.
 *
 * @param pid on the host; 0 before it started
 * @param exitCode null while it runs
 */
public record EngineExec(
        boolean running, long pid, @Nullable Long exitCode) {}
