package io.onlink.hostfile;

import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** The text of a host file as YAML 1.2: one document without anchors, aliases and tags, of a size a person writes. */
final class YamlText {
    /** Characters; the scenario's file has a thousand. */
    static final int LONGEST = 1 << 20;

    /** The host file itself has four levels. The composer recurses and would overflow the stack on "[[[[…". */
    private static final int DEEPEST = 20;

    private static final String IPV6_IN_QUOTES =
            "an IPv6 address that begins or ends with ':' stands in quotes, \"::1\"";

    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setUseMarks(true)
            // Both are refused by Value, which can say where they stand and goes on to the next problem.
            .setAllowDuplicateKeys(true)
            .setAllowNonScalarKeys(true)
            .setCodePointLimit(LONGEST)
            .build();

    private final String file;
    private final String text;
    private final Problems problems;

    YamlText(String file, String text, Problems problems) {
        this.file = file;
        this.text = text;
        this.problems = problems;
    }

    /** The node of the whole document; empty, and the problem noted, where there is none. */
    Optional<Node> compose() {
        if (text.length() > LONGEST) {
            problems.add(start(), "the file is longer than %d characters".formatted(LONGEST));
            return Optional.empty();
        }
        try {
            if (!isPlain()) {
                return Optional.empty();
            }
            Optional<Node> root = new Compose(SETTINGS).composeString(text);
            if (root.isEmpty()) {
                problems.add(start(), "the file is empty; it begins with 'version: 1'");
            }
            return root;
        } catch (MarkedYamlEngineException e) {
            Position position =
                    e.getProblemMark().or(e::getContextMark).map(this::position).orElse(start());
            problems.add(position, "not YAML: " + problem(e));
        } catch (ReaderException e) {
            problems.add(
                    positionOf(e.getPosition()),
                    "not YAML: the character U+%04X; text is made of printable characters".formatted(e.getCodePoint()));
        } catch (YamlEngineException e) {
            problems.add(start(), "not YAML 1.2: " + e.getMessage());
        }
        return Optional.empty();
    }

    /** Where a node begins. */
    Position position(Node node) {
        return node.getStartMark().map(this::position).orElse(start());
    }

    private boolean isPlain() {
        int depth = 0;
        for (Event event : new Parse(SETTINGS).parseString(text)) {
            if (event instanceof CollectionEndEvent) {
                depth--;
            }
            if (event instanceof CollectionStartEvent && ++depth > DEEPEST) {
                problems.add(position(event), "lists and mappings within each other, more than %d".formatted(DEEPEST));
                return false;
            }
            if (hasAnchorAliasOrTag(event)) {
                problems.add(
                        position(event), "anchors (&), aliases (*) and tags (!) are not taken; write the value out");
                return false;
            }
        }
        return true;
    }

    private static boolean hasAnchorAliasOrTag(Event event) {
        return switch (event) {
            case AliasEvent alias -> true;
            case ScalarEvent scalar -> isAnchored(scalar) || scalar.getTag().isPresent();
            case CollectionStartEvent collection ->
                isAnchored(collection) || collection.getTag().isPresent();
            // Events are the library's open hierarchy: streams, documents, ends and comments carry neither.
            default -> false;
        };
    }

    private static boolean isAnchored(NodeEvent event) {
        return event.getAnchor().isPresent();
    }

    private String problem(MarkedYamlEngineException e) {
        String context = e.getContext() == null || e.getContext().isBlank() ? "" : e.getContext() + ", ";
        String cause = likelyCause(e);
        return context + e.getProblem() + (cause.isEmpty() ? "" : "; " + cause);
    }

    /** The parser says what it expected next, not what a person did. Empty where it does. */
    private String likelyCause(MarkedYamlEngineException e) {
        String problem = e.getProblem();
        if (problem.contains("<block end>") || problem.contains("<document start>")) {
            return "most likely this line has more or fewer spaces in front than those it belongs with"
                    + e.getContextMark()
                            .map(mark -> ", from line %d on".formatted(mark.getLine() + 1))
                            .orElse("");
        }
        if (problem.startsWith("mapping values")) {
            return e.getProblemMark().filter(this::isFirstColon).isPresent()
                    ? "most likely this line has more spaces in front than those it belongs with, or the one before lacks its ':'"
                    : IPV6_IN_QUOTES;
        }
        if (problem.contains("found ':'") || problem.contains("got :")) {
            Optional<Mark> bracket = e.getContextMark()
                    .filter(mark -> e.getProblemMark()
                            .filter(found -> found.getLine() > mark.getLine())
                            .isPresent());
            return bracket.map(mark ->
                            "most likely the bracket that opens in line %d is not closed".formatted(mark.getLine() + 1))
                    .orElse(IPV6_IN_QUOTES);
        }
        return "";
    }

    /** Of its line: then it is a key's. */
    private boolean isFirstColon(Mark mark) {
        return text.lines()
                .skip(mark.getLine())
                .findFirst()
                .filter(line -> line.indexOf(':') == mark.getColumn())
                .isPresent();
    }

    private Position start() {
        return new Position(file, 1, 1);
    }

    private Position position(Event event) {
        return event.getStartMark().map(this::position).orElse(start());
    }

    private Position position(Mark mark) {
        return new Position(file, mark.getLine() + 1, mark.getColumn() + 1);
    }

    /** A ReaderException counts code points from the start of the text. */
    private Position positionOf(int codePoints) {
        return endOf(file, text.substring(0, text.offsetByCodePoints(0, codePoints)));
    }

    /** The position right after a text. */
    static Position endOf(String file, String text) {
        int line = (int) text.chars().filter(c -> c == '\n').count() + 1;
        String lastLine = text.substring(text.lastIndexOf('\n') + 1);
        return new Position(file, line, lastLine.codePointCount(0, lastLine.length()) + 1);
    }
}
