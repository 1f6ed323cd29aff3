package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.hostfile.HostFile;
import io.onlink.model.Address;
import io.onlink.model.Allowance.Protocol;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.NetworkState;
import java.util.List;
import java.util.Optional;

/**
 * Whether the host's firewall would not let somebody in again. A connection that is there stays, so neither he nor a probe
 * notices before it ends.
 */
record ShutOut(HostChange change, HostFile file, SshConnection connection) {
    /** Why, and what to write; empty if it would, or did not before either. */
    Optional<String> reason() {
        return isLetIn(change.observed()) && !isLetIn(change.desired())
                ? Optional.of(
                        "the firewall in the file would not let you in again: you came by ssh from %s to port %d of %s, and nothing was changed. %s, or give --allow-disconnect, best with --confirm"
                                .formatted(connection.client(), connection.serverPort(), connection.server(), advice()))
                : Optional.empty();
    }

    /** The link that has the address: which one the client's packets come in by nobody tells. */
    private boolean isLetIn(NetworkState state) {
        List<String> links = links(state);
        return links.isEmpty()
                || links.stream()
                        .anyMatch(link -> state.firewall()
                                .admits(link, Protocol.TCP, connection.serverPort(), connection.client()));
    }

    private List<String> links(NetworkState state) {
        return state.addresses().stream()
                .filter(address -> address.ip().equals(connection.server()))
                .map(Address::link)
                .distinct()
                .toList();
    }

    private String advice() {
        return links(change.desired()).stream()
                .flatMap(link -> file.entranceBy(link).stream())
                .findFirst()
                .map(entrance -> "Write \"tcp/%d from %s\" under firewall.%s.allow"
                        .formatted(connection.serverPort(), source(), entrance.name()))
                .orElse("Let it in");
    }

    /** The client's own network where the host is on it. */
    private IpNetwork source() {
        IpAddress client = connection.client();
        return change.desired().addresses().stream()
                .map(Address::address)
                .map(InterfaceAddress::network)
                .filter(network -> network.contains(client) && !client.isIpv6LinkLocal())
                .findFirst()
                .orElseGet(() -> new IpNetwork(client, client.family().bits()));
    }
}
