package io.onlink.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangeTest {
    @Test
    void bothEndsBelongToIt() {
        AddressRange range = AddressRange.parse("192.168.22.222-192.168.22.239");

        assertThat(range.contains(IpAddress.parse("192.168.22.221"))).isFalse();
        assertThat(range.contains(IpAddress.parse("192.168.22.222"))).isTrue();
        assertThat(range.contains(IpAddress.parse("192.168.22.239"))).isTrue();
        assertThat(range.contains(IpAddress.parse("192.168.22.240"))).isFalse();
        assertThat(range.contains(IpAddress.parse("::c0a8:16de"))).isFalse();
        assertThat(range.size()).hasToString("18");
    }

    @Test
    void aNetworkIsARangeHoweverLarge() {
        assertThat(AddressRange.parse("2001:470:fe36:face::222:0/112"))
                .hasToString("2001:470:fe36:face::222:0-2001:470:fe36:face::222:ffff");
        assertThat(AddressRange.of(IpNetwork.DEFAULT_IPV6).size())
                .hasToString("340282366920938463463374607431768211456");
        assertThat(AddressRange.of(IpNetwork.DEFAULT_IPV4).size()).hasToString("4294967296");
    }

    @Test
    void overlappingIsMutual() {
        AddressRange left = AddressRange.parse("10.0.0.1-10.0.0.5");
        AddressRange right = AddressRange.parse("10.0.0.5-10.0.0.9");
        AddressRange inner = AddressRange.parse("10.0.0.2-10.0.0.3");

        assertThat(left.overlaps(right)).isTrue();
        assertThat(right.overlaps(left)).isTrue();
        assertThat(left.overlaps(inner)).isTrue();
        assertThat(inner.overlaps(left)).isTrue();
        assertThat(right.overlaps(inner)).isFalse();
        assertThat(inner.overlaps(right)).isFalse();
        assertThat(left.overlaps(AddressRange.of(IpNetwork.DEFAULT_IPV6))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "10.0.0.1", "10.0.0.5-10.0.0.1", "10.0.0.1-::1", "10.0.0.1/24", "-", "10.0.0.1 - 10.0.0.5"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> AddressRange.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
