package io.onlink.coexistence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * ifupdown configures the links of interfaces(5) at boot, when they appear ({@code allow-hotplug}) and when called; it has
 * no daemon. What it does at boot Onlink adopts; what hurts is {@code ifdown -a} or a restart of networking.service, which
 * takes the uplink down. {@code no-auto-down} is the word for that: "should not be brought down by the command ifdown -a".
 */
final class IfupdownStanzas implements Claimant {
    private static final String INTERFACES = "/etc/network/interfaces";
    private static final String INCLUDED = "/etc/network/interfaces.d";

    @Override
    public Optional<Claim> claim(Host host, ManagedLinks links) {
        if (!host.exists("/usr/sbin/ifup") && !host.exists("/sbin/ifup")) {
            return Optional.empty();
        }
        Stanzas stanzas = new Stanzas(host);
        stanzas.read(INTERFACES);
        List<String> places = new ArrayList<>();
        List<Instruction> instructions = new ArrayList<>();
        for (String nic : links.nics()) {
            stanzas.placeOf(nic).filter(place -> !stanzas.isKept(nic)).ifPresent(place -> {
                places.add("%s (%s)".formatted(nic, place));
                instructions.addAll(keep(host, nic).toList());
            });
        }
        if (places.isEmpty()) {
            return Optional.empty();
        }
        String what =
                "configures %s at boot, which Onlink adopts; but 'ifdown -a' and a restart of networking.service would take the uplink down"
                        .formatted(Claimant.named(places));
        // ifupdown2 does not know the word.
        boolean isIfupdown2 = host.exists("/usr/share/ifupdown2");
        if (stanzas.includes(INCLUDED) && !isIfupdown2) {
            return Optional.of(new Claim(Program.IFUPDOWN, what, false, instructions));
        }
        String byHand = isIfupdown2
                ? "; take its stanza out by hand to be safe from that"
                : "; 'no-auto-down %s' in %s, by hand, is safe from that (it does not include %s)"
                        .formatted(String.join(" ", links.nics()), INTERFACES, INCLUDED);
        return Optional.of(new Claim(Program.IFUPDOWN, what + byHand, false, List.of()));
    }

    /** Of a name that source-directory takes: letters, digits, "_" and "-" alone. */
    private static Stream<Instruction> keep(Host host, String nic) {
        return Claimant.file(
                host,
                Program.IFUPDOWN,
                nic,
                INCLUDED + "/onlink-" + nic.replaceAll("[^a-zA-Z0-9_-]", "_"),
                "# Onlink: until onlink down\nno-auto-down %s\n".formatted(nic));
    }

    /** The lines that count of all files, in the order in which ifupdown reads them. */
    private static final class Stanzas {
        private record Line(String file, int number, List<String> words) {}

        private final Host host;
        private final Set<String> read = new LinkedHashSet<>();
        private final List<Line> lines = new ArrayList<>();
        private final List<String> sources = new ArrayList<>();

        Stanzas(Host host) {
            this.host = host;
        }

        void read(String file) {
            if (!read.add(file)) {
                return;
            }
            List<String> text = host.read(file).stream()
                    .flatMap(content -> content.text().lines())
                    .toList();
            for (int i = 0; i < text.size(); i++) {
                List<String> words = List.of(text.get(i).strip().split("\\s+"));
                if (words.size() < 2 || words.getFirst().startsWith("#")) {
                    continue;
                }
                switch (words.getFirst()) {
                    case "source" -> source(absolute(file, words.get(1)));
                    case "source-directory" -> sourceDirectory(absolute(file, words.get(1)));
                    default -> lines.add(new Line(file, i + 1, words));
                }
            }
        }

        private static String absolute(String file, String path) {
            return path.startsWith("/") ? path : file.substring(0, file.lastIndexOf('/') + 1) + path;
        }

        private void source(String pattern) {
            sources.add(pattern);
            String directory = pattern.substring(0, Math.max(1, pattern.lastIndexOf('/')));
            host.list(directory).stream()
                    .filter(path -> ShellPattern.matches(pattern, path))
                    .forEach(this::read);
        }

        private void sourceDirectory(String directory) {
            String clean = directory.replaceFirst("/+\\*?$", "");
            sources.add(clean + "/*");
            host.list(clean).stream()
                    .filter(path -> path.substring(clean.length() + 1).matches("[a-zA-Z0-9_-]+"))
                    .forEach(this::read);
        }

        boolean includes(String directory) {
            return sources.stream().anyMatch(pattern -> ShellPattern.matches(pattern, directory + "/onlink"));
        }

        /** Where a link is configured, or brought up. */
        Optional<String> placeOf(String nic) {
            return lines.stream()
                    .filter(line -> {
                        String word = line.words().getFirst();
                        return word.equals("iface") || word.equals("auto") || word.startsWith("allow-");
                    })
                    .filter(line -> named(line).anyMatch(name -> isNamed(name, nic)))
                    .map(line -> line.file() + ":" + line.number())
                    .findFirst();
        }

        private static Stream<String> named(Line line) {
            List<String> names = line.words().subList(1, line.words().size());
            return line.words().getFirst().equals("iface") ? names.stream().limit(1) : names.stream();
        }

        /** A pattern is "/eth*", with options and a logical name after it that do not matter here. */
        private static boolean isNamed(String name, String nic) {
            if (name.startsWith("/")) {
                return ShellPattern.matches(
                        Arrays.asList(name.substring(1).split("[/=]")).getFirst(), nic);
            }
            return name.equals(nic);
        }

        boolean isKept(String nic) {
            return lines.stream()
                    .filter(line -> line.words().getFirst().equals("no-auto-down"))
                    .anyMatch(line -> line.words().contains(nic));
        }
    }
}
