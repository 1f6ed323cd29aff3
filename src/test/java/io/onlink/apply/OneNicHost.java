package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.JavaCommand;
import io.onlink.desired.Found;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.TestNamespace;
import io.onlink.model.NetworkState;
import io.onlink.plan.Plan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/** A host with one NIC in a namespace of its own, its disk a directory, and who is at work in it. Needs root. */
public final class OneNicHost implements AutoCloseable {
    /** What is applied to it first. */
    public static final String ONE_BRIDGE = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:470:fe36:face::217:1/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:470:fe36:face::1" }
            """;

    /** Of the change from the plain NIC to {@link #ONE_BRIDGE}. */
    public static final int STEPS = 26;

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(10);
    private static final int LOOKS = 3000;

    private final TestNamespace namespace = new TestNamespace();
    private final LinuxKernel kernel = namespace.call(LinuxKernel::open);
    private final Path disk;
    private final StateDirectory directory;

    /** One of how many moments of a change is played: {@code -Donlink.faults.every=1} is the whole of a table. */
    private static final int EVERY = Integer.getInteger("onlink.faults.every", 1);

    /** Of moments that are counted from 0, those that are played. */
    public static IntStream everyMoment(int count) {
        return IntStream.range(0, count).filter(moment -> moment % EVERY == 0);
    }

    /** After how many steps of that change something dies, for tests that take seconds with each. */
    public static IntStream everyStep() {
        return everyMoment(STEPS + 1);
    }

    public OneNicHost(Path disk) {
        this.disk = disk;
        this.directory = new StateDirectory(disk.resolve("state"));
        namespace.ip("link set lo up");
        // A NIC that was plugged in a while ago has detection behind it; what is made from now on has to go through.
        namespace.exec("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0");
        namespace.ip("link add eth0 address 00:50:56:00:22:d9 type veth peer name switch");
        namespace.ip("link set switch up");
        namespace.ip("link set eth0 up");
        namespace.ip("addr add 192.168.22.217/24 broadcast 192.168.22.255 dev eth0");
        namespace.ip("addr add 2001:470:fe36:face::217:1/64 dev eth0 nodad");
        namespace.ip("route add default via 192.168.22.1 dev eth0");
        namespace.ip("-6 route add default via 2001:470:fe36:face::1 dev eth0");
        namespace.exec("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=1");
        awaitLinkLocal("eth0");
        awaitLinkLocal("switch");
    }

    private void awaitLinkLocal(String link) {
        while (!namespace.ip("-6 addr show dev " + link).contains("fe80::")) {
            Thread.onSpinWait();
        }
    }

    public TestNamespace namespace() {
        return namespace;
    }

    public LinuxKernel kernel() {
        return kernel;
    }

    public StateDirectory directory() {
        return directory;
    }

    /** A file of its disk with {@link #ONE_BRIDGE} in it. */
    public Path file() {
        try {
            return Files.writeString(disk.resolve("host.yaml"), ONE_BRIDGE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The change that makes a host file true of it, or, without one, gives it back. */
    HostChange change(String text) {
        return in(() -> text.isEmpty()
                ? HostChange.back(kernel, directory.readFound())
                : HostChange.to(HostFile.parse("host.yaml", text), kernel, directory.readFound(), false));
    }

    static Journal.Outcome outcome(HostChange change, String text) {
        return text.isEmpty()
                ? new Journal.Outcome(Found.untouched(), null)
                : new Journal.Outcome(change.found(), text);
    }

    Transaction transaction() {
        return new Transaction(directory, kernel, () -> () -> {}, step -> {}, InstantSource.system());
    }

    /** Makes it true wholly. */
    public void apply(String text) {
        HostChange change = change(text);
        assertThat(in(() -> transaction().run(change, outcome(change, text), () -> {}, Optional.empty())))
                .isEmpty();
    }

    /** As a power cut leaves it: so many steps done, the journal on disk, no process. */
    public void abandon(String text, int steps) {
        HostChange change = change(text);
        InterruptedKernel dying = new InterruptedKernel(kernel, steps, () -> {
            throw new PowerLoss();
        });
        Transaction transaction = new Transaction(directory, dying, () -> () -> {}, step -> {}, InstantSource.system());
        assertThatThrownBy(() -> in(() -> transaction.run(change, outcome(change, text), () -> {}, Optional.empty())))
                .isInstanceOf(PowerLoss.class);
    }

    /** Under the lock: whoever died with it has done by then what he asked of the kernel. */
    Optional<Settlement.Ending> settle() {
        return in(() -> {
            try (StateDirectory.Lock _ = directory.lock()) {
                return new Settlement(directory, kernel, step -> {}).settle();
            }
        });
    }

    public void assertSameAs(NetworkState expected) {
        NetworkState now = kernel.observe();
        assertThat(Plan.between(now, expected).toString()).isEmpty();
        assertThat(Plan.between(expected, now).toString()).isEmpty();
        assertThat(now.links()).isEqualTo(expected.links());
        assertThat(now.sysctls()).isEqualTo(expected.sysctls());
    }

    public boolean isAsDeclared(String text) {
        return change(text).plan().isEmpty();
    }

    /** As the file says, remembered so, with nothing open. */
    public void assertApplied(String text) {
        assertThat(directory.readJournal()).isEmpty();
        assertThat(directory.readApplied()).contains(text);
        assertThat(change(text).plan().steps()).isEmpty();
    }

    public void awaitTheEndOfTheChange() throws InterruptedException {
        for (int look = 0; look < LOOKS && directory.readJournal().isPresent(); look++) {
            Thread.sleep(BETWEEN_LOOKS);
        }
        assertThat(directory.readJournal()).isEmpty();
    }

    /** A program of the class path, in this host's network. */
    public ProcessBuilder java(String mainClass, String... arguments) {
        List<String> command = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace.name()));
        command.addAll(JavaCommand.of(mainClass, arguments));
        return new ProcessBuilder(command);
    }

    /** On a thread that is in its network. */
    public <T> T in(Callable<T> task) {
        try {
            return namespace.call(task::call);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        kernel.close();
        namespace.close();
    }

    /** Nothing after it is done: no handler of failures takes it for one. */
    private static final class PowerLoss extends Error {
        private static final long serialVersionUID = 1L;
    }
}
