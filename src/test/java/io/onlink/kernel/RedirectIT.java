package io.onlink.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.libc.TestNamespace;
import io.onlink.model.Redirect;
import io.onlink.step.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Frames that are given to another link while a NIC joins a bridge or leaves it. Needs root. */
class RedirectIT {
    private final TestNamespace namespace = new TestNamespace();
    private final LinuxKernel kernel = namespace.call(LinuxKernel::open);

    @AfterEach
    void close() {
        kernel.close();
        namespace.close();
    }

    /** Whoever asks by ARP is remembered on the link by which the question came in. */
    @Test
    void whatComesInByALinkGoesToABridgeUntilItIsOver() {
        try (TestNamespace other = new TestNamespace()) {
            namespace.ip("link add eth0 type veth peer name wire");
            namespace.ip("link set wire netns " + other.name());
            namespace.ip("link add br0 type bridge");
            namespace.ip("link set br0 address "
                    + json("link show eth0").get(0).get("address").asString());
            namespace.ip("link set eth0 up");
            namespace.ip("link set br0 up");
            namespace.ip("addr add 10.1.0.2/24 dev br0");
            other.ip("link set wire up");
            other.ip("addr add 10.1.0.1/24 dev wire");
            Redirect redirect = new Redirect("eth0", Redirect.Hook.INGRESS, "br0");
            assertThat(linkThatIsAsked(other)).isEqualTo("eth0");
            kernel.perform(new Step.AddRedirect(redirect));
            assertThat(kernel.observe().redirects()).containsExactly(redirect);
            assertThat(linkThatIsAsked(other)).isEqualTo("br0");
            kernel.perform(new Step.DeleteRedirect(redirect));
            assertThat(kernel.observe().redirects()).isEmpty();
            assertThat(linkThatIsAsked(other)).isEqualTo("eth0");

            kernel.perform(new Step.AddRedirect(redirect));
            assertThat(linkThatIsAsked(other)).isEqualTo("br0");
            kernel.close();
            assertThat(linkThatIsAsked(other)).as("it ends with its holder").isEqualTo("eth0");
        }
    }

    private String linkThatIsAsked(TestNamespace other) {
        for (String link : List.of("eth0", "br0")) {
            namespace.ip("neigh flush dev " + link);
        }
        other.ip("neigh flush dev wire");
        other.exec("sh", "-c", "ping -c 1 -W 1 10.1.0.2 >/dev/null || true");
        // The answer, which goes to the bridge, makes an entry without MAC address there.
        return json("neigh show 10.1.0.1")
                .valueStream()
                .filter(entry -> entry.has("lladdr"))
                .map(entry -> entry.get("dev").asString())
                .collect(Collectors.joining(" "));
    }

    /** The other end of the wire is the witness. */
    @Test
    void whatWouldLeaveByALinkLeavesByAnother() {
        namespace.ip("link add eth0 type veth peer name wire");
        namespace.ip("link add stub type veth peer name nowhere");
        for (String link : List.of("eth0", "wire", "stub", "nowhere")) {
            // They would send by themselves.
            namespace.exec("sysctl", "-qw", "net.ipv6.conf." + link + ".disable_ipv6=1");
            namespace.ip("link set " + link + " up");
        }
        namespace.ip("addr add 10.1.0.2/24 dev stub");
        Redirect redirect = new Redirect("stub", Redirect.Hook.EGRESS, "eth0");
        kernel.perform(new Step.AddRedirect(redirect));
        long before = received("wire");
        namespace.exec("sh", "-c", "ping -c 2 -i 0.2 -W 1 10.1.0.1 >/dev/null || true");
        assertThat(received("wire")).isGreaterThan(before);
        assertThat(received("nowhere")).isZero();
        kernel.perform(new Step.DeleteRedirect(redirect));
        namespace.exec("sh", "-c", "ping -c 2 -i 0.2 -W 1 10.1.0.1 >/dev/null || true");
        assertThat(received("nowhere")).isPositive();
    }

    /** A program that lives long would run out of descriptors. */
    @Test
    void aRedirectWhoseLinkIsGoneHoldsNoDescriptor() {
        namespace.ip("link add br0 type bridge");
        namespace.ip("link set br0 up");
        namespace.ip("link add eth0 type veth peer name wire");
        namespace.ip("link set eth0 up");
        kernel.observe();
        long before = redirectsHeld();
        kernel.perform(new Step.AddRedirect(new Redirect("eth0", Redirect.Hook.INGRESS, "br0")));
        assertThat(redirectsHeld()).isEqualTo(before + 1);
        namespace.ip("link del eth0");
        assertThat(kernel.observe().redirects()).isEmpty();
        assertThat(redirectsHeld()).isEqualTo(before);
    }

    private static long redirectsHeld() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .filter(descriptor -> {
                        try {
                            return Files.readSymbolicLink(descriptor).toString().contains("bpf_link");
                        } catch (IOException closedMeanwhile) {
                            return false;
                        }
                    })
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long received(String link) {
        return json("-s link show " + link).get(0).at("/stats64/rx/packets").asLong();
    }

    private JsonNode json(String arguments) {
        return JsonMapper.shared().readTree(namespace.ip("-j -d " + arguments));
    }
}
