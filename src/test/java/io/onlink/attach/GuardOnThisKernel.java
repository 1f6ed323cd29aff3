package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.attach.GuardedHost.Container;
import io.onlink.libc.PacketSocket;
import io.onlink.nftables.Offence;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The heart of {@code SpoofIT} and {@code FirewallIT} as a program of its own: it runs in the guest, and says a line for each
 * check as {@code src/test/guest/checks.bash} does.
 */
public final class GuardOnThisKernel {
    private static final int SYN = 0x02;

    private GuardOnThisKernel() {}

    /** Ends with status 1 if a check failed. */
    public static void main(String[] arguments) {
        Map<String, Check> checks = new LinkedHashMap<>();
        checks.put("forged-frames-are-dropped-and-counted", GuardOnThisKernel::forgedFrames);
        checks.put("honest-traffic-passes", GuardOnThisKernel::honestTraffic);
        checks.put("the-firewall-lets-in-what-it-should", GuardOnThisKernel::firewall);
        long failed = checks.entrySet().stream()
                .filter(check -> !passes(check.getKey(), check.getValue()))
                .count();
        System.exit(failed == 0 ? 0 : 1);
    }

    private static void forgedFrames(GuardedHost host, Container container) {
        try (PacketSocket inside = container.interior();
                PacketSocket wire = host.wire()) {
            byte[] honest = Frames.udp(container.mac(), Forgery.OWN_IPV4, 7000, Forgery.OTHER_IPV4, 7000);
            for (Forgery forgery : Forgery.by(container.mac())) {
                long before = dropped(host, forgery.offence());
                inside.send(forgery.frame());
                inside.send(honest);
                assertThat(GuardedHost.comesBefore(wire, forgery.frame(), honest))
                        .as("'%s' came through", forgery)
                        .isFalse();
                assertThat(dropped(host, forgery.offence())).as("'%s'", forgery).isEqualTo(before + 1);
            }
        }
    }

    private static void honestTraffic(GuardedHost host, Container container) {
        for (String ip : List.of(Forgery.OTHER_IPV4, Forgery.OTHER_IPV6)) {
            container.namespace().exec("ping", "-c", "1", "-W", "20", ip);
        }
        for (Offence offence : Offence.values()) {
            assertThat(dropped(host, offence)).as(offence.words()).isZero();
        }
    }

    private static void firewall(GuardedHost host, Container container) {
        host.declare("firewall: { allow: [\"tcp/80 from 192.168.22.0/24\"] }");
        host.attachments.guardAll();
        try (PacketSocket outside = GuardedHost.listen(host.router(), "r0");
                PacketSocket inside = container.interior()) {
            byte[] allowed = tcp(80);
            byte[] refused = tcp(81);
            outside.send(refused);
            outside.send(allowed);
            assertThat(GuardedHost.comesBefore(inside, refused, allowed)).isFalse();
        }
        assertThat(dropped(host, Offence.REFUSED)).isEqualTo(1);
    }

    private static byte[] tcp(int port) {
        return Frames.tcp(GuardedHost.ROUTER_MAC, Forgery.OTHER_IPV4, 40_000, Forgery.OWN_IPV4, port, SYN);
    }

    private static long dropped(GuardedHost host, Offence offence) {
        return host.guard.dropped().stream()
                .filter(some -> some.offence() == offence)
                .mapToLong(some -> some.packets())
                .sum();
    }

    private static boolean passes(String name, Check check) {
        try {
            Path directory = Files.createTempDirectory("guard");
            try (GuardedHost host = new GuardedHost(directory, "")) {
                check.run(host, host.start(222));
            }
            System.out.println("ok " + name);
            return true;
        } catch (Exception | AssertionError failed) {
            System.out.println("not ok " + name + ": " + String.valueOf(failed).replace('\n', ' '));
            return false;
        }
    }

    @FunctionalInterface
    private interface Check {
        void run(GuardedHost host, Container container) throws Exception;
    }
}
