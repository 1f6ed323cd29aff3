package io.onlink.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who gets in: by default, and the exceptions.
 *
 * @param closed whether what {@code allowed} does not name is dropped; where not, all get in and the list means nothing
 */
public record Admission(boolean closed, List<Allowance> allowed) {
    /** Everybody. */
    public static final Admission OPEN = new Admission(false, List.of());

    public Admission {
        allowed = List.copyOf(allowed);
    }

    /** Closed, and beside what this one lets in when it is closed, those too. */
    public Admission and(List<Allowance> more) {
        return new Admission(
                true, Stream.concat(allowed.stream(), more.stream()).toList());
    }

    /**
     * The same list in rows that have nothing in common, each from one network, in an order of their own: two lists that say
     * the same in other words are mostly equal then, and a set of intervals takes them. Ports in a row are cut wherever
     * another row begins or ends; of two networks one of which lies in the other, the larger stays.
     */
    public List<Allowance> disjoint() {
        List<Allowance> rows = new ArrayList<>();
        for (Allowance.Protocol protocol : Allowance.Protocol.values()) {
            List<Allowance> some =
                    allowed.stream().filter(one -> one.protocol() == protocol).toList();
            // Gone through once, as a label may have thousands: by where they begin and end.
            Map<Integer, List<Allowance>> beginning =
                    some.stream().collect(Collectors.groupingBy(Allowance::firstPort));
            Map<Integer, List<Allowance>> ended =
                    some.stream().collect(Collectors.groupingBy(one -> one.lastPort() + 1));
            TreeSet<Integer> cuts = new TreeSet<>(beginning.keySet());
            cuts.addAll(ended.keySet());
            Map<Allowance, Integer> open = new HashMap<>();
            for (int first : cuts) {
                ended.getOrDefault(first, List.of())
                        .forEach(one -> open.computeIfPresent(one, (_, times) -> times == 1 ? null : times - 1));
                beginning.getOrDefault(first, List.of()).forEach(one -> open.merge(one, 1, Integer::sum));
                Integer next = cuts.higher(first);
                if (next != null) {
                    outermost(open.keySet())
                            .forEach(source -> rows.add(new Allowance(protocol, first, next - 1, source)));
                }
            }
        }
        return List.copyOf(rows);
    }

    /** In order each comes behind those it lies in, of which the last that stayed is one. */
    private static List<IpNetwork> outermost(Collection<Allowance> some) {
        List<IpNetwork> outermost = new ArrayList<>();
        some.stream().flatMap(Allowance::sources).sorted().forEach(source -> {
            if (outermost.isEmpty() || !outermost.getLast().contains(source)) {
                outermost.add(source);
            }
        });
        return outermost;
    }
}
