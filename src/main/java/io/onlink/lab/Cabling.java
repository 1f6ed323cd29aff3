package io.onlink.lab;

import io.onlink.failure.KernelException;
import io.onlink.kernel.Kernel;
import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.Descriptor;
import io.onlink.libc.Errno;
import io.onlink.libc.NetworkNamespace;
import io.onlink.libc.SystemCallException;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.UpperLink;
import io.onlink.model.Veth;
import io.onlink.model.Vrf;
import io.onlink.netlink.LinkRequests;
import io.onlink.netlink.NetlinkSocket;
import io.onlink.netlink.RefusedException;
import io.onlink.step.Step;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Links in the namespaces of a lab: made, awaited, cut. */
final class Cabling {
    /** What the far end of a cable is called until it is where it belongs. */
    private static final String LOOSE_END = "loose-end";

    /** Duplicate address detection takes up to two seconds (RFC 4862, 5.4.2: a random delay, then one probe). */
    private static final int TENTATIVE_ATTEMPTS = 200;

    private Cabling() {}

    static void in(NetworkNamespace namespace, Consumer<Kernel> work) {
        namespace.call(() -> {
            try (LinuxKernel kernel = LinuxKernel.open()) {
                work.accept(kernel);
            }
            return Boolean.TRUE;
        });
    }

    static void plug(Cable cable, NetworkNamespace network, NetworkNamespace machine) {
        network.call(() -> {
            LinkAttributes loose =
                    LinkAttributes.named(LOOSE_END).withMac(cable.socket().mac());
            try (LinuxKernel kernel = LinuxKernel.open();
                    NetlinkSocket socket = NetlinkSocket.open();
                    Descriptor there = machine.open()) {
                kernel.perform(new Step.CreateLink(new Veth(cable.port(), loose)));
                LinkStatus made =
                        Objects.requireNonNull(kernel.observe().status().get(LOOSE_END));
                socket.perform(LinkRequests.setNamespace(
                        made.index(), there, cable.socket().name()));
            }
            return Boolean.TRUE;
        });
    }

    /** Waits until duplicate address detection is through: until then nothing can be sent from the addresses. */
    static void awaitAddresses(NetworkNamespace namespace) {
        for (int attempt = 0; attempt < TENTATIVE_ATTEMPTS; attempt++) {
            boolean tentative = namespace.call(() -> {
                try (LinuxKernel kernel = LinuxKernel.open()) {
                    return kernel.observe().addresses().stream()
                            .anyMatch(address -> address.flags().contains(Address.Flag.TENTATIVE));
                }
            });
            if (!tentative) {
                return;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        throw new KernelException(
                "waiting for the host's IPv6 addresses", 0, "duplicate address detection has not come to its end");
    }

    /** Deletes every link that can be deleted. Does nothing where the file keeps no namespace. */
    static void cut(NetworkNamespace namespace) {
        try {
            namespace.call(() -> {
                try (LinuxKernel kernel = LinuxKernel.open();
                        NetlinkSocket socket = NetlinkSocket.open()) {
                    NetworkState state = kernel.observe();
                    state.links().forEach((name, link) -> {
                        if (canBeDeleted(link)) {
                            delete(socket, Objects.requireNonNull(state.status().get(name)));
                        }
                    });
                }
                return Boolean.TRUE;
            });
        } catch (SystemCallException refused) {
            // Only the file is left, as after a crash in the middle of making it, or a reboot of the machine.
            if (!refused.errno().equals(Errno.EINVAL)) {
                throw refused;
            }
        }
    }

    private static boolean canBeDeleted(Link link) {
        return switch (link) {
            case Bridge bridge -> true;
            case Veth veth -> true;
            case Vrf vrf -> true;
            case UpperLink upper -> true;
            case OtherLink found -> false;
        };
    }

    private static void delete(NetlinkSocket socket, LinkStatus status) {
        try {
            socket.perform(LinkRequests.delete(status.index()));
        } catch (RefusedException refused) {
            // A veth goes with its other end.
            if (!refused.errno().equals(Errno.ENODEV)) {
                throw refused;
            }
        }
    }
}
