package io.onlink.model;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;
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
            TreeSet<Integer> begins = new TreeSet<>();
            some.forEach(one -> {
                begins.add(one.firstPort());
                begins.add(one.lastPort() + 1);
            });
            for (int first : begins) {
                Integer next = begins.higher(first);
                if (next != null) {
                    outermost(some.stream()
                                    .filter(one -> one.firstPort() <= first && first <= one.lastPort())
                                    .toList())
                            .forEach(source -> rows.add(new Allowance(protocol, first, next - 1, source)));
                }
            }
        }
        return List.copyOf(rows);
    }

    private static List<IpNetwork> outermost(List<Allowance> some) {
        List<IpNetwork> all = some.stream().flatMap(Allowance::sources).toList();
        Predicate<IpNetwork> isOutermost =
                source -> all.stream().noneMatch(other -> !other.equals(source) && other.contains(source));
        return all.stream().distinct().filter(isOutermost).sorted().toList();
    }
}
