package io.onlink.cli;

import io.onlink.agent.Store;
import io.onlink.attach.Endpoint;
import io.onlink.ipam.KeptAddress;
import io.onlink.ipam.Lease;
import io.onlink.model.IpAddress;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code onlink leases}: which container has which address, and for whom addresses are kept. Changes nothing. */
@Command(
        name = "leases",
        description = "Shows which container has which address, and which addresses are kept for whom.",
        footer = {
            "",
            "STATE: 'in use'; 'kept' for a container that does not run; 'removed' for one that is gone,",
            "and may be made anew under its name; 'starting'; 'auxiliary', an --aux-address.",
            "",
            "Exit code: 0, also where there are none; 3 the state directory cannot be read."
        })
final class LeasesCommand implements Callable<Integer> {
    @Mixin
    private StateDirectoryOption state = new StateDirectoryOption();

    @Option(names = "--json", description = "Print the leases as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    /** @param chosen how: {@code fixed} by the user, {@code pool}, or {@code auxiliary} */
    record Row(
            String segment,
            String address,
            @Nullable String container,
            String state,
            String chosen,
            @Nullable String mac,
            String since) {}

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<Row> rows = rows();
        if (json) {
            out.println(JsonMapper.builder()
                    .build()
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(rows));
        } else {
            TextTable table = new TextTable("SEGMENT", "ADDRESS", "CONTAINER", "STATE", "FROM", "MAC", "SINCE");
            rows.forEach(row -> table.row(
                    row.segment(),
                    row.address(),
                    shown(row.container()),
                    row.state(),
                    row.chosen(),
                    shown(row.mac()),
                    row.since()));
            table.print(out);
        }
        out.flush();
        return 0;
    }

    private static String shown(@Nullable String text) {
        return text == null ? "-" : text;
    }

    private List<Row> rows() {
        return Store.read(state.path(), LeasesCommand::rows).orElse(List.of());
    }

    private static List<Row> rows(Store store) {
        Map<String, Endpoint> endpoints =
                store.endpoints().stream().collect(Collectors.toMap(Endpoint::id, Function.identity()));
        List<Lease> leases = store.leases();
        List<KeptAddress> kept = store.kept();
        record Place(String segment, IpAddress address) {}
        Map<Place, KeptAddress> owners = kept.stream()
                .collect(Collectors.toMap(one -> new Place(one.segment(), one.address()), Function.identity()));
        Map<Place, Row> rows = new java.util.HashMap<>();
        kept.forEach(one -> rows.put(new Place(one.segment(), one.address()), row(one)));
        for (Lease lease : leases) {
            Place place = new Place(lease.segment(), lease.address());
            Optional<Endpoint> endpoint = Optional.ofNullable(lease.endpoint()).map(endpoints::get);
            rows.put(place, row(lease, endpoint, Optional.ofNullable(owners.get(place))));
        }
        List<Map.Entry<Place, Row>> sorted = new ArrayList<>(rows.entrySet());
        sorted.sort(
                Comparator.comparing((Map.Entry<Place, Row> row) -> row.getKey().segment())
                        .thenComparing(row -> row.getKey().address()));
        return sorted.stream().map(Map.Entry::getValue).toList();
    }

    private static Row row(KeptAddress kept) {
        Instant gone = kept.gone();
        return new Row(
                kept.segment(),
                kept.address().toString(),
                kept.container(),
                gone == null ? "kept" : "removed",
                kept.pooled() ? "pool" : "fixed",
                null,
                text(gone == null ? kept.since() : gone));
    }

    private static Row row(Lease lease, Optional<Endpoint> endpoint, Optional<KeptAddress> kept) {
        boolean auxiliary = lease.auxiliaryOf() != null;
        return new Row(
                lease.segment(),
                lease.address().toString(),
                endpoint.map(Endpoint::container)
                        .or(() -> kept.map(KeptAddress::container))
                        .orElse(null),
                auxiliary ? "auxiliary" : endpoint.map(Endpoint::sandbox).isPresent() ? "in use" : "starting",
                auxiliary ? "auxiliary" : lease.pooled() ? "pool" : "fixed",
                endpoint.map(known -> known.mac().toString()).orElse(null),
                text(lease.since()));
    }

    private static String text(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
