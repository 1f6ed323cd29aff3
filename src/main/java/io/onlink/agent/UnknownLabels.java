package io.onlink.agent;

import io.onlink.attach.Attachments;
import io.onlink.companion.Companion;
import io.onlink.docker.Engine;
import io.onlink.docker.EngineContainer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Labels of containers that are to be Onlink's and are not: a slip of the pen, which no engine lets us refuse, and which may leave open what was
 * to be closed. Said once of each container. For one thread.
 */
final class UnknownLabels {
    private static final Logger log = LoggerFactory.getLogger(UnknownLabels.class);

    private final Set<String> said = new HashSet<>();

    /** A container runs, from now on or still. */
    void look(EngineContainer container) {
        List<String> unknown = of(container);
        if (!unknown.isEmpty() && said.add(container.id())) {
            log.warn(
                    "container {} has a label that there is not, and it has no effect: {}; of Onlink's there are {}, {} and {}NAME",
                    container.name(),
                    String.join(", ", unknown),
                    Attachments.ALLOW_LABEL,
                    ContainersInVrfs.LABEL,
                    Companion.LABEL_PREFIX);
        }
    }

    /** A container was removed. */
    void forget(String id) {
        said.remove(id);
    }

    static List<String> of(EngineContainer container) {
        return container.labels().keySet().stream()
                .filter(label -> label.startsWith(Engine.OPTION_PREFIX) && !isKnown(label))
                .sorted()
                .toList();
    }

    private static boolean isKnown(String label) {
        return label.equals(Attachments.ALLOW_LABEL)
                || label.equals(ContainersInVrfs.LABEL)
                || (label.startsWith(Companion.LABEL_PREFIX) && label.length() > Companion.LABEL_PREFIX.length());
    }
}
