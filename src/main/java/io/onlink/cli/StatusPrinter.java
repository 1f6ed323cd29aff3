package io.onlink.cli;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Help.Ansi;

/** A {@link HostStatus} for people: a table for each sort of thing that there is any of, and at last what differs. */
final class StatusPrinter {
    private final PrintWriter out;

    StatusPrinter(PrintWriter out) {
        this.out = out;
    }

    void print(HostStatus status) {
        printUnended(status);
        printBroken(status.broken());
        printSegments(status.segments());
        printVrfs(status.vrfs());
        status.leftOut().forEach(part -> out.println("left out: " + part));
        printEndpoints(status.endpoints());
        printFirewall(status.firewall());
        printDropped(status.dropped());
        printConflicts(status.conflicts());
        out.println();
        if (status.netfilter() != null) {
            out.println("br_netfilter: " + status.netfilter());
        }
        status.released().forEach(released -> out.println("left alone by " + released));
        printDrift(status);
        DriftPrinter.print(status.lastDrifts(), out);
    }

    /** Of a change that has not ended. */
    void printOpen(String change) {
        out.println(Ansi.AUTO.string("@|yellow open:|@ ") + change + ".");
    }

    /** What is wrong by the kernel's own word, a line each. */
    void printBroken(List<String> broken) {
        broken.forEach(what -> out.println(Ansi.AUTO.string("@|red broken now:|@ ") + what + "."));
    }

    private void printUnended(HostStatus status) {
        if (status.open() != null) {
            printOpen(status.open());
        }
        if (status.agent() != null) {
            out.println(Ansi.AUTO.string("@|yellow agent:|@ ") + status.agent() + ".");
        }
    }

    private void printSegments(List<HostStatus.SegmentStatus> segments) {
        TextTable table = new TextTable("SEGMENT", "ATTACH", "LINK", "UPLINK", "STATE", "ADDRESSES", "ENDPOINTS");
        segments.forEach(segment -> table.row(
                segment.name(),
                segment.attach(),
                segment.link(),
                segment.uplink(),
                segment.state(),
                String.join(" ", segment.addresses()),
                Long.toString(segment.endpoints())));
        table.print(out);
    }

    private void printVrfs(List<HostStatus.VrfStatus> vrfs) {
        if (vrfs.isEmpty()) {
            return;
        }
        out.println();
        TextTable table = new TextTable("VRF", "TABLE", "INTERFACES", "STATE");
        vrfs.forEach(vrf ->
                table.row(vrf.name(), Integer.toString(vrf.table()), String.join(" ", vrf.interfaces()), vrf.state()));
        table.print(out);
    }

    private void printEndpoints(List<EndpointStatus> endpoints) {
        if (endpoints.isEmpty()) {
            return;
        }
        out.println();
        TextTable table = new TextTable("CONTAINER", "SEGMENT", "ADDRESSES", "MAC", "LINK", "STATE");
        endpoints.forEach(endpoint -> table.row(
                endpoint.container(),
                endpoint.segment(),
                String.join(" ", endpoint.addresses()),
                endpoint.mac(),
                endpoint.link(),
                endpoint.state()));
        table.print(out);
        endpoints.stream()
                .filter(endpoint -> endpoint.next() != null)
                .forEach(endpoint -> out.println(Ansi.AUTO.string("@|red " + endpoint.state() + ":|@ ")
                        + "container %s on %s: %s."
                                .formatted(endpoint.container(), endpoint.segment(), endpoint.next())));
    }

    private void printFirewall(List<HostStatus.EntranceStatus> firewall) {
        if (firewall.isEmpty()) {
            return;
        }
        out.println();
        TextTable table = new TextTable("FIREWALL", "LINKS", "DEFAULT", "ALLOW", "STATE", "REFUSED");
        firewall.forEach(entrance -> table.row(
                entrance.name(),
                String.join(" ", entrance.links()),
                entrance.byDefault(),
                String.join(", ", entrance.allowed()),
                entrance.state(),
                Long.toString(entrance.refused())));
        table.print(out);
    }

    private void printDropped(List<HostStatus.DroppedStatus> dropped) {
        if (dropped.isEmpty()) {
            return;
        }
        out.println();
        TextTable table = new TextTable("DROPPED AT", "SEGMENT", "LINK", "PACKETS", "REASON");
        dropped.forEach(some ->
                table.row(some.container(), some.segment(), some.link(), Long.toString(some.packets()), some.words()));
        table.print(out);
    }

    private void printConflicts(List<HostStatus.ConflictStatus> conflicts) {
        if (conflicts.isEmpty()) {
            return;
        }
        out.println();
        TextTable table = new TextTable("IN USE OUTSIDE", "SEGMENT", "ADDRESS OF", "BY MAC", "SINCE", "LAST", "TIMES");
        conflicts.forEach(conflict -> table.row(
                conflict.address(),
                conflict.segment(),
                conflict.owner(),
                conflict.holder(),
                conflict.since(),
                conflict.last(),
                Long.toString(conflict.times())));
        table.print(out);
    }

    private void printDrift(HostStatus status) {
        if (status.obstacle() != null) {
            out.println(Ansi.AUTO.string("@|red Drift:|@ 'onlink apply' would refuse:"));
            out.println(status.obstacle().indent(2).stripTrailing());
        } else if (status.drift().isEmpty()) {
            out.println(
                    status.open() == null
                            ? "No drift: the host is as the file last applied says."
                            : "No drift: the host is as the file of the open change says, or else the one last applied.");
        } else {
            out.println(Ansi.AUTO.string("@|yellow Drift:|@ 'onlink apply' would do"));
            status.drift().forEach(command -> out.println("  " + command));
        }
    }
}
