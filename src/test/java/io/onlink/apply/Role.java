package io.onlink.apply;

import io.onlink.coexistence.OtherPrograms;
import io.onlink.failure.OnlinkException;
import io.onlink.failure.VerificationException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.Kernel;
import io.onlink.kernel.LinuxKernel;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/** What the processes of Onlink's do to a host: the commands, the timer that watches over them, the agent. */
enum Role {
    /** {@code onlink apply --yes FILE}. */
    APPLY,
    /** {@code onlink apply}, after which a router does not answer any more: it takes itself back. */
    APPLY_IN_VAIN,
    /** {@code onlink apply --confirm}, and waiting for the answer. */
    APPLY_AND_WAIT,
    /** {@code onlink down --yes}. */
    DOWN,
    /** {@code onlink confirm}. */
    CONFIRM,
    /** {@code onlink rollback}; also what each command does first with what it finds open. */
    ROLLBACK,
    /** {@code onlink guard}. */
    GUARD,
    /** The agent, at its start and every two seconds. */
    AGENT;

    /** Long enough that no test comes too late by itself. */
    private static final Duration CONFIRMATION = Duration.ofHours(1);

    /** For whoever looks whether the time for an answer is over. */
    private static Duration later() {
        return Uptime.now().plus(CONFIRMATION.multipliedBy(2));
    }

    private static Settlement settlementLater(StateDirectory directory, Kernel kernel) {
        return new Settlement(directory, kernel, step -> {}, OtherPrograms.ofThisHost(command -> {}), Role::later);
    }

    /**
     * Where and with what.
     *
     * @param text the host file; empty where the role needs none
     * @param pipe between the one who changes and the one who guards, a FIFO; empty where nobody guards
     */
    record Order(String namespace, Path directory, String text, String pipe) {}

    /** Plays the role to its end, in the namespace of the calling thread. */
    String play(Order order, Effects effects) {
        StateDirectory directory = effects.in(order.directory());
        try (LinuxKernel kernel = LinuxKernel.open()) {
            String said = switch (this) {
                case APPLY, APPLY_IN_VAIN, APPLY_AND_WAIT, DOWN -> change(order, directory, kernel, effects);
                case CONFIRM -> confirm(directory, effects.in(kernel));
                case ROLLBACK -> rollback(directory, effects.in(kernel));
                case GUARD -> guard(order, directory, kernel, effects);
                case AGENT -> agent(directory, effects.in(kernel));
            };
            effects.before("the end");
            return said;
        } catch (OnlinkException | IOException failed) {
            return "failed: " + failed.getMessage();
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    private String change(Order order, StateDirectory directory, LinuxKernel kernel, Effects effects)
            throws InterruptedException {
        try (StateDirectory.Lock _ = directory.lock()) {
            boolean isDown = this == DOWN;
            HostChange change = isDown
                    ? HostChange.back(kernel, directory.readFound())
                    : HostChange.to(HostFile.parse("host.yaml", order.text()), kernel, directory.readFound(), false);
            Runnable verification = () -> {
                effects.before("routers and peers are asked");
                if (this == APPLY_IN_VAIN) {
                    throw new VerificationException("192.168.22.1 does not answer any more");
                }
            };
            Optional<Journal> waiting = new Transaction(
                            directory,
                            effects.in(kernel),
                            effects.in(order.pipe().isEmpty() ? () -> () -> {} : () -> watch(order.pipe())),
                            step -> {},
                            InstantSource.system())
                    .run(
                            change,
                            new Journal.Outcome(
                                    isDown ? io.onlink.desired.Found.untouched() : change.found(),
                                    isDown ? null : order.text()),
                            verification,
                            this == APPLY_AND_WAIT ? Optional.of(CONFIRMATION) : Optional.empty());
            if (waiting.isEmpty()) {
                return "stays";
            }
        }
        effects.before("an answer is waited for");
        settlementLater(new StateDirectory(order.directory()), kernel).awaitEnd(InstantSource.system());
        return "not confirmed";
    }

    private static DeadManTimer.Watch watch(String pipe) {
        try {
            // Opening waits for the other side, as GuardProcess waits for its guard's first word.
            OutputStream held = new FileOutputStream(pipe);
            return () -> {
                try (held) {
                    held.write((GuardProcess.OVER + "\n").getBytes(StandardCharsets.UTF_8));
                } catch (IOException guardIsDead) {
                    // As in GuardProcess.
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String confirm(StateDirectory directory, Kernel kernel) {
        try (StateDirectory.Lock _ = directory.lock()) {
            return new Settlement(directory, kernel, step -> {})
                    .commit(directory.readJournal().orElseThrow())
                    .toString();
        }
    }

    private static String rollback(StateDirectory directory, Kernel kernel) {
        try (StateDirectory.Lock _ = directory.lock()) {
            return new Settlement(directory, kernel, step -> {}).settle().toString();
        }
    }

    private static String guard(Order order, StateDirectory directory, LinuxKernel kernel, Effects effects)
            throws IOException, InterruptedException {
        try (InputStream pipe =
                order.pipe().isEmpty() ? InputStream.nullInputStream() : new FileInputStream(order.pipe())) {
            new Guard(
                            settlementLater(directory, effects.in(kernel)),
                            Optional.empty(),
                            InstantSource.system(),
                            CONFIRMATION)
                    .watch(pipe);
            return "over";
        }
    }

    private static String agent(StateDirectory directory, Kernel kernel) throws InterruptedException {
        settlementLater(directory, kernel).awaitEnd(InstantSource.system());
        return "over";
    }
}
