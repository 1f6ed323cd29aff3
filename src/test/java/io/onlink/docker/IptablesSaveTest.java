package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules are those of real engines, with a network of {@code icc=false} and a published port. */
class IptablesSaveTest {
    private static final Set<String> OTHERS = Set.of("docker0", "closed0");

    private static Optional<String> acting(String rules, String bridge) {
        return IptablesSave.parse(rules).actingOn(bridge, OTHERS);
    }

    private static String engines(String version) throws IOException {
        return Files.readString(Path.of("src/test/resources/docker/iptables", version + ".rules"));
    }

    /** Before the engine's own. */
    private static String with(String table, String rule) throws IOException {
        return "*%s%n%s%nCOMMIT%n%s".formatted(table, rule, engines("28.5"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"20.10", "28.5"})
    void anEnginesRulesDoNothingToAnothersBridge(String version) throws IOException {
        assertThat(acting(engines(version), "br0")).isEmpty();
        assertThat(acting(engines(version), "closed0")).isPresent();
        assertThat(acting("", "br0")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-A FORWARD -d 192.168.22.222/32 -j DROP",
                "-A FORWARD -i br0 -j REJECT --reject-with icmp-port-unreachable",
                "-A FORWARD -i br+ -j DROP",
                "-A FORWARD ! -i eth7 -j DROP",
                "-A FORWARD -m physdev --physdev-in eth0 --physdev-is-bridged -j DROP",
                "-A FORWARD -m comment --comment \"-i docker0, says who\" -j DROP",
                "-A FORWARD -s 10.0.0.0/8 ! -o eth7 -j DROP",
                "-A FORWARD -s 10.0.0.0/8 ! -o docker0 -j DROP",
                "-A FORWARD -s 192.168.22.0/24 -d 192.168.22.0/24 -j DROP",
                "-A FORWARD -d 192.168.22.0/24 ! -i docker0 -j DROP",
                "-A PREROUTING -m physdev --physdev-is-bridged -j ACCEPT\n-A PREROUTING -j DROP",
                "-A FORWARD -p tcp -j f2b\n-A f2b -s 198.51.100.7/32 -j DROP\n-A f2b -j RETURN",
                "-A FORWARD -g aside\n-A aside -j MARK --set-xmark 0x1/0xffffffff",
                "-A FORWARD -m physdev ! --physdev-is-bridged -j ACCEPT\n-A FORWARD -j DROP",
            })
    void aRuleThatMayMeanItsFramesActs(String rules) throws IOException {
        assertThat(acting(with("filter", rules), "br0"))
                .isPresent()
                .get()
                .asString()
                .startsWith("-t filter -A ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-A FORWARD -i docker0 -j DROP",
                "-A FORWARD ! -i br0 -j DROP",
                "-A FORWARD -o eth7 -j DROP",
                "-A INPUT -i br0 -j DROP",
                "-A FORWARD -m addrtype --dst-type LOCAL -j DROP",
                "-A FORWARD -d 192.168.22.222/32",
                "-A FORWARD -j LOG --log-prefix \"br0 DROP \"",
                "-A FORWARD -j aside\n-A aside -j aside\n-A aside -j RETURN",
                "-A FORWARD -m physdev --physdev-is-bridged -j ACCEPT\n-A FORWARD -j DROP",
                "-A FORWARD -j aside\n-A aside -i br0 -o br0 -j ACCEPT\n-A FORWARD -j DROP",
            })
    void aRuleThatMeansOthersOrLetsPassDoesNot(String rules) throws IOException {
        assertThat(acting(with("filter", rules), "br0")).isEmpty();
    }

    /** Where the first chain says what becomes of all, a second one in another table is asked all the same. */
    @Test
    void eachTableIsAsked() throws IOException {
        String accepted = "-A FORWARD -m physdev --physdev-is-bridged -j ACCEPT\n";
        assertThat(acting(
                        with("filter", accepted)
                                + "*nat\n-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 3128\n",
                        "br0"))
                .contains("-t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 3128");
    }

    @Test
    void whatIptablesCannotReadMayAct() {
        assertThat(acting("# Table `filter' contains incompatible base-chains, use 'nft' tool to list them.\n", "br0"))
                .isPresent();
    }
}
