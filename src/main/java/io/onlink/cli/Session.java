package io.onlink.cli;

import io.onlink.model.IpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How the person at this terminal came to the host. */
sealed interface Session {
    /** Not by ssh: on the console, or by a program of the host's. */
    record Console() implements Session {}

    /**
     * By ssh.
     *
     * @param client where from; null if that cannot be told
     * @param since the kernel's uptime when the process was started that holds the connection; null if there is none
     *     any more, or it cannot be told which
     */
    record Ssh(@Nullable IpAddress client, @Nullable Duration since) implements Session {}

    /**
     * The session of this process. sudo(8) takes SSH_CONNECTION out of the environment, but not out of that of the shell it
     * was called from; tmux(1) and screen(1) keep it when sshd(8) is no ancestor any more, and the connection with it may be
     * long gone.
     */
    static Session current(Map<String, String> environment) {
        Optional<SshConnection> connection = connection(environment);
        if (connection.isPresent()) {
            return new Ssh(
                    connection.get().client(),
                    connection.get().holder().flatMap(Session::start).orElse(null));
        }
        boolean isSsh = environment.containsKey("SSH_CONNECTION")
                || ancestors().anyMatch(process -> name(process).startsWith("sshd"));
        return isSsh ? new Ssh(null, null) : new Console();
    }

    /**
     * The connection that this process was called over, by the environment or by that of an ancestor; it may be long gone, or
     * one of another network namespace.
     */
    static Optional<SshConnection> connection(Map<String, String> environment) {
        return Optional.ofNullable(environment.get("SSH_CONNECTION"))
                .or(() -> ancestors()
                        .flatMap(process -> connectionOf(process).stream())
                        .findFirst())
                .flatMap(SshConnection::parse);
    }

    /**
     * Why a yes from here says nothing about a change; empty if it does.
     *
     * @param made the kernel's uptime when the change was made
     * @param own the host's addresses
     */
    default Optional<String> objectionTo(Duration made, Collection<IpAddress> own) {
        return switch (this) {
            case Console() -> Optional.empty();
            case Ssh(IpAddress client, var _)
            when client != null && isOwn(client, own) ->
                Optional.of(
                        "this ssh connection comes from %s, which is this host itself: it proves nothing about the way here. Log in anew from where you sit, and confirm from there"
                                .formatted(client));
            case Ssh(var _, Duration since)
            when since == null ->
                Optional.of(
                        "when this ssh connection was made cannot be told (an old tmux or screen?): log in anew, and confirm from there outside of tmux, or on the console");
            case Ssh(var _, Duration since)
            when since.compareTo(made) <= 0 ->
                Optional.of(
                        "this ssh connection was there %s before the change was made: that it lives proves nothing. Log in anew, and confirm from there"
                                .formatted(inWords(made.minus(since))));
            case Ssh(var _, var _) -> Optional.empty();
        };
    }

    private static boolean isOwn(IpAddress client, Collection<IpAddress> own) {
        return own.contains(client) || client.toInetAddress().isLoopbackAddress();
    }

    private static String inWords(Duration age) {
        return age.toMinutes() > 0 ? age.toMinutes() + " min" : Math.max(1, age.toSeconds()) + " s";
    }

    private static Stream<ProcessHandle> ancestors() {
        return Stream.iterate(
                        ProcessHandle.current().parent(),
                        Optional::isPresent,
                        process -> process.flatMap(ProcessHandle::parent))
                .flatMap(Optional::stream);
    }

    private static Optional<String> connectionOf(ProcessHandle process) {
        try {
            String environment = Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "environ"), StandardCharsets.ISO_8859_1);
            return Arrays.stream(environment.split("\0", -1))
                    .filter(entry -> entry.startsWith("SSH_CONNECTION="))
                    .map(entry -> entry.substring("SSH_CONNECTION=".length()))
                    .findFirst();
        } catch (IOException notOurs) {
            return Optional.empty();
        }
    }

    /** proc_pid_stat(5), field 22, in hundredths of a second; the second field may itself have spaces and brackets. */
    private static Optional<Duration> start(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Optional.of(Duration.ofMillis(Long.parseLong(fields[19]) * 10));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    private static String name(ProcessHandle process) {
        return process.info()
                .command()
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .orElse("");
    }
}
