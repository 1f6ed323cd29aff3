package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.NetworkState;
import org.junit.jupiter.api.Test;

/** A file that is right by itself and cannot be true of this host. */
class UnfitFileTest {
    @Test
    void aLinkThatIsNotThereIsReportedWhereTheFileNamesIt() {
        assertThatThrownBy(() -> HostChange.to(
                        HostFile.parse("host.yaml", """
                                version: 1
                                segments:
                                  front:
                                    bridge: br0
                                    uplink: eth7
                                """),
                        new FakeKernel(NetworkState.empty()),
                        Found.untouched(),
                        false))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("host.yaml:5:13: segments.front.uplink: this host has no link eth7");
    }
}
