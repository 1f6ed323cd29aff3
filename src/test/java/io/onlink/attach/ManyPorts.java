package io.onlink.attach;

import io.onlink.model.Admission;
import io.onlink.model.Allowance;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import io.onlink.nftables.GuardedPort;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Ports of containers that are not there, to fill the guard's table with. */
final class ManyPorts {
    private static final Admission CLOSED =
            new Admission(true, List.of(Allowance.parse("tcp/80"), Allowance.parse("tcp/443 from 192.168.22.0/24")));

    private ManyPorts() {}

    /** Those, and an endpoint's. */
    static List<GuardedPort> beside(Endpoint endpoint, int count) {
        GuardedPort real = new GuardedPort(
                endpoint.hostLink(),
                endpoint.mac(),
                endpoint.addresses().map(InterfaceAddress::ip).toList(),
                false,
                CLOSED);
        return Stream.concat(Stream.of(real), IntStream.range(0, count).mapToObj(ManyPorts::port))
                .toList();
    }

    static GuardedPort port(int number) {
        return new GuardedPort(
                "onl%011x".formatted(number),
                new MacAddress(0x0242_0a00_0000L + number),
                List.of(
                        IpAddress.parse("10.0.%d.%d".formatted(number >> 8, number & 255)),
                        IpAddress.parse("2001:db8:99::%x".formatted(number + 1))),
                false,
                CLOSED);
    }
}
