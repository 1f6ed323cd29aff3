package io.onlink.apply;

import io.onlink.coexistence.Instructions;
import io.onlink.coexistence.OtherPrograms;
import io.onlink.coexistence.Standing;
import io.onlink.coexistence.StubbornHost;
import io.onlink.desired.Found;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.FakeKernel;
import io.onlink.kernel.Kernel;
import io.onlink.model.Address;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A host of one NIC whose address has moved to a bridge, which nobody has confirmed yet. What goes wrong then is set by the test. */
final class WaitingChange {
    static final Duration CONFIRMATION = Duration.ofSeconds(60);

    /** The host's only IPv4 address, on the NIC before. */
    static final InterfaceAddress ADDRESS = InterfaceAddress.parse("10.0.0.11/24");

    private static final String BRIDGE = """
            version: 1
            segments:
              S: { bridge: br0, uplink: eth0, addresses: [10.0.0.11/24], routes: [{ to: default, via: 10.0.0.1 }] }
            """;

    final FakeKernel kernel;
    final StateDirectory state;
    final StubbornHost host = new StubbornHost();

    /** Whether writing to the disk fails from now on. */
    boolean diskIsFull;

    private WaitingChange(FakeKernel kernel, Path directory) {
        this.kernel = kernel;
        this.state = new StateDirectory(directory, new Filling());
    }

    /** Begun and made, to be confirmed within {@link #CONFIRMATION}, when the clock said so. */
    static WaitingChange of(NetworkState before, Path directory, Instant clock) {
        return of(before, directory, clock, Instructions.none());
    }

    /** Likewise, with networkd told to let go of the NIC. */
    static WaitingChange withNetworkdTold(NetworkState before, Path directory) {
        return of(before, directory, Instant.now(), new Instructions(List.of(StubbornHost.letGo()), List.of()));
    }

    /** Likewise, where networkd was told earlier and has the NIC back by now. */
    static WaitingChange withTheNicGivenBackToNetworkd(NetworkState before, Path directory) {
        return of(before, directory, Instant.now(), new Instructions(List.of(), List.of(StubbornHost.letGo())));
    }

    private static WaitingChange of(NetworkState before, Path directory, Instant clock, Instructions told) {
        WaitingChange made = new WaitingChange(new FakeKernel(before), directory);
        HostChange change = HostChange.to(HostFile.parse("host.yaml", BRIDGE), made.kernel, Found.untouched(), false)
                .with(told);
        var _ = new Transaction(
                        made.state,
                        made.kernel,
                        () -> () -> {},
                        step -> {},
                        InstantSource.fixed(clock),
                        made.host.others())
                .run(
                        change,
                        new Journal.Outcome(change.found(), BRIDGE, new Standing(told.release())),
                        () -> {},
                        Optional.of(CONFIRMATION));
        return made;
    }

    /** A NIC with {@link #ADDRESS} for so long, and what else is set. */
    static NetworkState host(Address.Lifetime lifetime, Address... more) {
        NetworkState.Builder host = new NetworkState.Builder();
        host.put(new OtherLink(
                LinkAttributes.named("eth0")
                        .withMac(MacAddress.parse("02:00:00:00:00:aa"))
                        .withMtu(1500)
                        .withUp(true),
                ""));
        host.addresses.add(Address.permanent("eth0", ADDRESS).withFlags().withLifetime(lifetime));
        host.addresses.addAll(List.of(more));
        host.routes.add(Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("10.0.0.1"), "eth0"));
        return host.build();
    }

    /** Whoever looks after it now. */
    Settlement settlement() {
        return settlement(kernel, Uptime::now, host.others());
    }

    /** Whoever looks after it so much later, by the kernel's uptime. */
    Settlement settlementAfter(Duration later) {
        Duration then = Uptime.now().plus(later);
        return settlement(kernel, () -> then, host.others());
    }

    Settlement settlement(Kernel seen, Supplier<Duration> uptime, OtherPrograms others) {
        return new Settlement(state, seen, step -> {}, others, uptime);
    }

    /** What the NIC has: {@link #ADDRESS} when the change was taken back. */
    List<Address> addressesOfTheNic() {
        return kernel.observe().addressesOf("eth0").stream()
                .filter(address -> !address.isKernelsLinkLocal())
                .toList();
    }

    private final class Filling implements Disk {
        private final Disk disk = new UnsyncedDisk();

        @Override
        public void write(Path file, String text) throws IOException {
            refuse(file);
            disk.write(file, text);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            disk.rename(from, to);
        }

        @Override
        public void delete(Path file) throws IOException {
            if (file.toFile().exists()) {
                refuse(file);
            }
            disk.delete(file);
        }

        private void refuse(Path file) throws FileSystemException {
            if (diskIsFull) {
                throw new FileSystemException(file.toString(), null, "No space left on device");
            }
        }
    }
}
