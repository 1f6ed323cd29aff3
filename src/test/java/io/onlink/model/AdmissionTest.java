package io.onlink.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a list of allowances is as rows that have nothing in common. */
class AdmissionTest {
    private static final List<String> SOURCES = List.of(
            "",
            " from 10.0.0.0/8",
            " from 10.1.0.0/16",
            " from 10.1.2.0/24",
            " from 10.128.0.0/9",
            " from 0.0.0.0/0",
            " from ::/0",
            " from 2001:db8::/32",
            " from 2001:db8:1::/48");

    private static final List<IpAddress> ASKING = Stream.of(
                    "9.9.9.9",
                    "10.0.0.1",
                    "10.1.0.1",
                    "10.1.2.3",
                    "10.200.0.1",
                    "2001:db8::1",
                    "2001:db8:1::1",
                    "fd00::1")
            .map(IpAddress::parse)
            .toList();

    @Test
    void rowsThatAreOneInAnotherAreWrittenOnce() {
        assertThat(rows("tcp/80", "tcp/80-82 from 10.0.0.0/8", "tcp/82 from 10.1.0.0/16", "icmp", "icmp", "udp/53"))
                .containsExactly(
                        "tcp/80 from 0.0.0.0/0",
                        "tcp/80 from ::/0",
                        "tcp/81 from 10.0.0.0/8",
                        "tcp/82 from 10.0.0.0/8",
                        "udp/53 from 0.0.0.0/0",
                        "udp/53 from ::/0",
                        "icmp from 0.0.0.0/0",
                        "icmp from ::/0");
    }

    @Test
    void theyLetInTheSameWhateverTheListAndNothingTwice() {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            List<Allowance> list = IntStream.range(0, random.nextInt(12))
                    .mapToObj(_ -> any(random))
                    .toList();
            List<Allowance> rows = new Admission(true, list).disjoint();
            for (Allowance.Protocol protocol : Allowance.Protocol.values()) {
                for (int port = 0; port < 12; port++) {
                    for (IpAddress asking : ASKING) {
                        int asked = port;
                        long admitting = rows.stream()
                                .filter(row -> row.admits(protocol, asked, asking))
                                .count();
                        boolean wanted = list.stream().anyMatch(one -> one.admits(protocol, asked, asking));
                        assertThat(admitting)
                                .as("%s: %s %d %s", list, protocol, port, asking)
                                .isEqualTo(wanted ? 1 : 0);
                    }
                }
            }
        }
    }

    private static Allowance any(Random random) {
        String source = SOURCES.get(random.nextInt(SOURCES.size()));
        String protocol = List.of("tcp", "udp", "sctp", "icmp").get(random.nextInt(4));
        if (protocol.equals("icmp")) {
            return Allowance.parse(protocol + source);
        }
        int first = 1 + random.nextInt(9);
        return Allowance.parse("%s/%d-%d%s".formatted(protocol, first, first + random.nextInt(4), source));
    }

    private static List<String> rows(String... list) {
        return new Admission(true, Stream.of(list).map(Allowance::parse).toList())
                .disjoint().stream().map(Allowance::toString).toList();
    }
}
