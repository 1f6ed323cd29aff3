package io.onlink.agent;

import io.onlink.attach.Attachments;
import io.onlink.companion.Companion;
import io.onlink.docker.Engine;
import io.onlink.docker.EngineContainer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Labels of Onlink's that have no effect where they are, which no engine lets us refuse, and which may leave open what was to be closed. Said
 * once of each container. For one thread.
 */
final class VainLabels {
    private static final Logger log = LoggerFactory.getLogger(VainLabels.class);

    private final Set<String> said = new HashSet<>();

    /** A container runs, from now on or still. */
    void look(EngineContainer container) {
        List<String> sentences = sentences(container);
        if (!sentences.isEmpty() && said.add(container.id())) {
            sentences.forEach(log::warn);
        }
    }

    /** A container was removed. */
    void forget(String id) {
        said.remove(id);
    }

    /** Why, a sentence each. */
    static List<String> sentences(EngineContainer container) {
        return Stream.concat(unknown(container), anothersNetwork(container)).toList();
    }

    /** A slip of the pen. */
    private static Stream<String> unknown(EngineContainer container) {
        List<String> unknown = container.labels().keySet().stream()
                .filter(label -> label.startsWith(Engine.OPTION_PREFIX) && !isKnown(label))
                .sorted()
                .toList();
        return unknown.isEmpty()
                ? Stream.empty()
                : Stream.of(
                        "container %s has a label that there is not, and it has no effect: %s; of Onlink's there are %s, %s and %sNAME"
                                .formatted(
                                        container.name(),
                                        String.join(", ", unknown),
                                        Attachments.ALLOW_LABEL,
                                        ContainersInVrfs.LABEL,
                                        Companion.LABEL_PREFIX));
    }

    private static boolean isKnown(String label) {
        return label.equals(Attachments.ALLOW_LABEL)
                || label.equals(ContainersInVrfs.LABEL)
                || (label.startsWith(Companion.LABEL_PREFIX) && label.length() > Companion.LABEL_PREFIX.length());
    }

    /** One that runs with {@code --network container:OTHER} has no endpoint; on the networks host and none it has one. */
    private static Stream<String> anothersNetwork(EngineContainer container) {
        return container.labels().containsKey(Attachments.ALLOW_LABEL)
                        && container.endpoints().isEmpty()
                ? Stream.of(
                        "container %s has the label %s and no network of its own, so it has no effect: with --network container:OTHER give it to that one"
                                .formatted(container.name(), Attachments.ALLOW_LABEL))
                : Stream.empty();
    }
}
