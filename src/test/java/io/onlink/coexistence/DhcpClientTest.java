package io.onlink.coexistence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which client looks after eth0, by the words of its command. */
class DhcpClientTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            dhclient -4 -v -i -pf /run/dhclient.eth0.pid -lf /var/lib/dhcp/dhclient.eth0.leases eth0 | dhclient
            /sbin/dhclient                      | dhclient
            /sbin/dhclient eth1                 |
            dhcpcd: eth0 [ip4] [ip6]            | dhcpcd
            dhcpcd: [manager] [ip4] [ip6]       | dhcpcd
            dhcpcd: eth1 [ip4]                  |
            /usr/bin/busybox udhcpc -i eth0 -q  | udhcpc
            udhcpc -ieth0 -s /etc/script        | udhcpc
            udhcpc -ieth1 -s /etc/script        |
            /usr/sbin/dnsmasq --interface eth0  |
            vi /etc/dhcp/dhclient.conf          |
            """)
    void theClientOfALink(String command, String program, @TempDir Path folder) throws IOException {
        Path root = folder.resolve("root");
        assertThat(root.toFile().mkdir()).isTrue();
        RecordedHost host = new RecordedHost(folder);
        host.answer("ps -eo pid,args --no-headers", "  1 /sbin/init\n812 " + command + "\n");
        assertThat(DhcpClient.of("eth0", host))
                .isEqualTo(Optional.ofNullable(program).map(name -> new DhcpClient(name, 812, "eth0")));
    }
}
