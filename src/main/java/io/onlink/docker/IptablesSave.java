package io.onlink.docker;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The rules of a family as iptables-save(8) prints them, and what they would do to a frame that stays on a bridge: those that
 * br_netfilter shows it to. Where it cannot be told whether a rule means such a frame, it does.
 */
final class IptablesSave {
    /** Where br_netfilter leads a frame that is bridged: never through INPUT or OUTPUT. */
    private static final List<String> HOOKS = List.of("PREROUTING", "FORWARD", "POSTROUTING");

    /** Targets that let it pass, or look at it only. */
    private static final Set<String> PASSING = Set.of("RETURN", "LOG", "NFLOG", "TRACE");

    private static final String ACCEPT = "ACCEPT";

    /** What a rule may say and still mean every frame that stays on its bridge. */
    private static final Set<String> OF_EVERY_FRAME =
            Set.of("-i", "-o", "-m", "--physdev-is-bridged", "--comment", "-j");

    private static final Pattern WORDS = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|(\\S+)");

    private final Map<String, Table> tables = new LinkedHashMap<>();

    /** What iptables-nft says of a table that is not all its own. */
    private final List<String> unread = new ArrayList<>();

    private IptablesSave() {}

    static IptablesSave parse(String printed) {
        IptablesSave rules = new IptablesSave();
        Table table = new Table("none", new LinkedHashMap<>());
        for (String line : printed.lines().toList()) {
            if (line.startsWith("*")) {
                table = rules.tables.computeIfAbsent(line.substring(1), name -> new Table(name, new LinkedHashMap<>()));
            } else if (line.startsWith(":")) {
                table.chain(line.substring(1).split(" ", 2)[0]);
            } else if (line.startsWith("-A ")) {
                Rule rule = Rule.of(line);
                table.chain(rule.chain()).add(rule);
            } else if (line.contains("contains incompatible base-chains")) {
                rules.unread.add(line);
            }
        }
        return rules;
    }

    /**
     * The first rule that does more to some frame that stays on the bridge than to let it pass; empty where it makes no difference
     * whether they see it.
     *
     * @param others bridges whose own networks an engine's rules name: such an address does not stay on another bridge
     */
    Optional<String> actingOn(String bridge, Set<String> others) {
        Stream<String> acting = tables.values().stream()
                .flatMap(table -> HOOKS.stream()
                        .flatMap(hook -> new Walker(table, hook, bridge, others).walk(hook).acting().stream()));
        return Stream.concat(unread.stream(), acting).findFirst();
    }

    /**
     * The end of a walk through a chain.
     *
     * @param acting the rule that was found
     * @param ended whether no frame of the bridge's goes further in this table
     */
    private record Walk(Optional<String> acting, boolean ended) {
        static final Walk GOES_ON = new Walk(Optional.empty(), false);
    }

    private record Table(String name, Map<String, List<Rule>> chains) {
        List<Rule> chain(String chain) {
            return chains.computeIfAbsent(chain, _ -> new ArrayList<>());
        }
    }

    /** A frame's way through a table from one hook. */
    private static final class Walker {
        private final Table table;
        private final String hook;
        private final String bridge;
        private final Set<String> others;

        /** A chain says the same each time it is entered. */
        private final Set<String> entered = new HashSet<>();

        Walker(Table table, String hook, String bridge, Set<String> others) {
            this.table = table;
            this.hook = hook;
            this.bridge = bridge;
            this.others = others;
        }

        Walk walk(String chain) {
            if (!table.chains().containsKey(chain) || !entered.add(chain)) {
                return Walk.GOES_ON;
            }
            for (Rule rule : table.chain(chain)) {
                if (!rule.mayMean(bridge, others)) {
                    continue;
                }
                String target = rule.target();
                if (target.equals(ACCEPT) && rule.meansAll(hook)) {
                    return new Walk(Optional.empty(), true);
                }
                if (target.isEmpty() || target.equals(ACCEPT) || PASSING.contains(target)) {
                    continue;
                }
                if (!table.chains().containsKey(target)) {
                    return new Walk(Optional.of("-t %s %s".formatted(table.name(), rule.line())), true);
                }
                Walk inside = walk(target);
                if (inside.acting().isPresent() || (inside.ended() && rule.meansAll(hook))) {
                    return inside;
                }
            }
            return Walk.GOES_ON;
        }
    }

    /**
     * @param line as it is printed
     * @param conditions by option, as {@code -i}; "!" before the value of one that is negated
     */
    private record Rule(String line, String chain, Map<String, String> conditions) {
        static Rule of(String line) {
            Map<String, String> conditions = new LinkedHashMap<>();
            String option = "";
            String negation = "";
            Matcher words = WORDS.matcher(line);
            while (words.find()) {
                String quoted = words.group(1);
                String word = quoted == null ? words.group(2) : quoted;
                if (word.equals("!")) {
                    negation = word;
                } else if (quoted == null && word.startsWith("-")) {
                    option = word;
                    conditions.put(option, negation);
                    negation = "";
                } else {
                    conditions.merge(option, word, (before, value) -> before.equals("!") ? before + value : value);
                }
            }
            return new Rule(line, String.valueOf(conditions.remove("-A")), conditions);
        }

        String target() {
            return conditions.getOrDefault("-j", conditions.getOrDefault("-g", ""));
        }

        /** That a frame is bridged, and by which link it leaves, is known from the forward hook on. */
        boolean meansAll(String hook) {
            return OF_EVERY_FRAME.containsAll(conditions.keySet())
                    && (hook.equals("FORWARD") || !conditions.containsKey("--physdev-is-bridged"))
                    && conditions.values().stream().noneMatch(value -> value.startsWith("!"));
        }

        boolean mayMean(String bridge, Set<String> others) {
            return isOn("-i", bridge) && isOn("-o", bridge) && !isForTheHost() && !isOfAnEngine(others);
        }

        /** Whether a link of that name fulfils the condition. */
        private boolean isOn(String option, String bridge) {
            String wanted = conditions.get(option);
            if (wanted == null) {
                return true;
            }
            boolean negated = wanted.startsWith("!");
            String link = negated ? wanted.substring(1) : wanted;
            boolean isIt =
                    link.endsWith("+") ? bridge.startsWith(link.substring(0, link.length() - 1)) : bridge.equals(link);
            return isIt != negated;
        }

        /** What is sent to the host, or by it, is not bridged. */
        private boolean isForTheHost() {
            return "LOCAL".equals(conditions.get("--dst-type")) || "LOCAL".equals(conditions.get("--src-type"));
        }

        /**
         * Of an engine's own networks: masquerading what leaves one ({@code -s NET ! -o BRIDGE}) and what a container sends to itself
         * ({@code -s IP -d IP}); refusing what comes to a container from elsewhere ({@code -d IP ! -i BRIDGE}, Engine 28).
         */
        private boolean isOfAnEngine(Set<String> others) {
            String source = conditions.getOrDefault("-s", "!");
            String destination = conditions.getOrDefault("-d", "!");
            return switch (target()) {
                case "MASQUERADE" ->
                    !source.startsWith("!")
                            && (isElsewhere("-o", others) || (isOneAddress(source) && source.equals(destination)));
                case "DROP" -> isOneAddress(destination) && isElsewhere("-i", others);
                default -> false;
            };
        }

        private static boolean isOneAddress(String network) {
            return !network.startsWith("!") && (network.endsWith("/32") || network.endsWith("/128"));
        }

        private boolean isElsewhere(String option, Set<String> others) {
            String link = conditions.getOrDefault(option, "");
            return link.startsWith("!") && others.contains(link.substring(1));
        }
    }
}
