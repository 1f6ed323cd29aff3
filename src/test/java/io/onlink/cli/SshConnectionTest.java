package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.model.IpAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What sshd says of a connection, and which ones prove something. The tables are of a little-endian machine, as all of ours. */
class SshConnectionTest {
    private static final IpAddress CLIENT = IpAddress.parse("198.51.100.10");
    private static final Duration MADE = Duration.ofSeconds(100);

    @Test
    void bothEndsAreRead() {
        assertThat(SshConnection.parse("198.51.100.10 40000 192.168.22.217 22"))
                .contains(new SshConnection(CLIENT, 40000, IpAddress.parse("192.168.22.217"), 22));
        assertThat(SshConnection.parse("fe80::1%eth0 40000 fe80::2%eth0 22"))
                .contains(new SshConnection(IpAddress.parse("fe80::1"), 40000, IpAddress.parse("fe80::2"), 22));
        assertThat(SshConnection.parse("198.51.100.10")).isEmpty();
        assertThat(SshConnection.parse("UNKNOWN 65535 UNKNOWN 65535")).isEmpty();
    }

    @Test
    void theKernelsTablesAreRead() {
        assertThat(SshConnection.fromTable("D916A8C0")).isEqualTo(IpAddress.parse("192.168.22.217"));
        assertThat(SshConnection.fromTable("0000000000000000FFFF0000D916A8C0"))
                .isEqualTo(IpAddress.parse("192.168.22.217"));
        assertThat(SshConnection.fromTable("70040120CEFA36FE0000000001001702"))
                .isEqualTo(IpAddress.parse("2001:470:fe36:face::217:1"));
    }

    @Test
    void onlyANewerConnectionFromElsewhereProvesSomething() {
        List<IpAddress> own = List.of(IpAddress.parse("192.168.22.217"));
        assertThat(new Session.Console().objectionTo(MADE, own)).isEmpty();
        assertThat(new Session.Ssh(CLIENT, MADE.plusMillis(10)).objectionTo(MADE, own))
                .isEmpty();
        assertThat(new Session.Ssh(CLIENT, MADE).objectionTo(MADE, own)).isPresent();
        assertThat(new Session.Ssh(CLIENT, Duration.ofSeconds(30)).objectionTo(MADE, own))
                .get()
                .asString()
                .startsWith("this ssh connection was there 1 min before the change was made");
        assertThat(new Session.Ssh(CLIENT, null).objectionTo(MADE, own)).isPresent();
        assertThat(new Session.Ssh(own.getFirst(), MADE.plusSeconds(1)).objectionTo(MADE, own))
                .isPresent();
        assertThat(new Session.Ssh(IpAddress.parse("127.0.0.1"), MADE.plusSeconds(1)).objectionTo(MADE, own))
                .isPresent();
    }
}
