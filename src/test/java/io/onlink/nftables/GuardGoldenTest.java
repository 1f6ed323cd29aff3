package io.onlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.model.Admission;
import io.onlink.model.Allowance;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table as it is written. What it does is proved by frames in {@code SpoofIT} and {@code FirewallIT}. */
class GuardGoldenTest {
    private static final Path FILE = Path.of("src/test/resources/golden/nftables/guard.nft");

    static final GuardedPort OPEN = port("onl0123456789a", 222, Admission.OPEN);

    @Test
    void theTableIsTheOneOfTheFile() throws IOException {
        Admission closed = new Admission(
                true,
                Stream.of(
                                "tcp/80",
                                "tcp/443 from 192.168.22.0/24",
                                "udp/5000-5010",
                                "udp/5005 from 10.0.0.0/8",
                                "udp/5008-5020 from 2001:db8::/32",
                                "icmp",
                                "icmp from 10.0.0.0/8")
                        .map(Allowance::parse)
                        .toList());
        List<GuardedPort> ports = List.of(OPEN, port("onlba987654321", 223, closed));
        String text = GuardRules.text()
                + AdmissionChains.of(ports).creations(AdmissionChains.NONE)
                + Elements.of(ports).commands("add");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(FILE, text);
        }
        assertThat(text).isEqualTo(Files.readString(FILE));
    }

    private static GuardedPort port(String link, int number, Admission admission) {
        return new GuardedPort(
                link,
                MacAddress.parse("02:42:00:00:00:%02x".formatted(number)),
                List.of(IpAddress.parse("192.168.22." + number), IpAddress.parse("2001:db8:22::" + number)),
                admission.closed(),
                admission);
    }
}
