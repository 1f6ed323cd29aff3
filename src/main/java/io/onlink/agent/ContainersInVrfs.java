package io.onlink.agent;

import io.onlink.docker.Engine;
import io.onlink.docker.EngineContainer;
import io.onlink.failure.OnlinkException;
import io.onlink.kernel.LinuxKernel;
import io.onlink.model.Vrf;
import io.onlink.vrf.ControlGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers with host networking that talk through a VRF, by their label: the sockets that are made in their control group are bound to
 * it. The engine tells of a start when the container's first process runs already, so a socket that this makes in its first milliseconds
 * stays unbound. What is bound stays so without the agent.
 *
 * <p>Not for several threads: the agent has one for it, as every method may wait for the engine.
 */
final class ContainersInVrfs {
    /** Of a container; its value is the name of the VRF. */
    static final String LABEL = "onlink.vrf";

    private static final Logger log = LoggerFactory.getLogger(ContainersInVrfs.class);

    private final Map<String, Member> members = new HashMap<>();

    /** After connecting to the engine: these containers run, and no others. */
    void running(Engine engine, Collection<EngineContainer> containers) {
        members.clear();
        containers.forEach(container -> started(engine, container));
    }

    /** A container runs, from now on or still. */
    void started(Engine engine, EngineContainer container) {
        String vrf = container.labels().get(LABEL);
        if (vrf == null) {
            return;
        }
        OptionalLong pid = engine.pid(container.id());
        if (pid.isEmpty()) {
            return;
        }
        try {
            String process = Long.toString(pid.getAsLong());
            if (!networkOf(process).equals(networkOf("self"))) {
                log.warn(
                        "container {} has a network of its own, so its label {}={} has no effect: it is for '--network host'; a container on a segment is in the VRF of the segment's bridge",
                        container.name(),
                        LABEL,
                        vrf);
                return;
            }
            ControlGroup group = ControlGroup.of(process);
            if (!group.directory().toString().contains(container.id())) {
                log.warn(
                        "container {} is not put into VRF {}: its processes are in control group {} of version 2, which is not theirs alone; the engine has to use version 2 (docker info, Cgroup Version)",
                        container.name(),
                        vrf,
                        group.directory());
                return;
            }
            Member member = new Member(container.name(), vrf, group);
            members.put(container.id(), member);
            try (LinuxKernel kernel = LinuxKernel.open()) {
                member.look(kernel);
            }
        } catch (IOException ended) {
            log.debug("container {} ended at once", container.name(), ended);
        } catch (OnlinkException refused) {
            log.warn("container {} is not put into VRF {}: {}", container.name(), vrf, refused.getMessage());
        }
    }

    /** A container ended, and its control group with it. */
    void ended(String container) {
        members.remove(container);
    }

    /** To be called every second or so: a VRF that was made anew is another device. */
    void lookAtAll() {
        if (members.isEmpty()) {
            return;
        }
        try (LinuxKernel kernel = LinuxKernel.open()) {
            members.values().forEach(member -> member.look(kernel));
        } catch (OnlinkException refused) {
            log.debug("the containers in VRFs were not looked at", refused);
        }
    }

    private static Path networkOf(String process) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc", process, "ns", "net"));
    }

    /** A container that runs, and what it was bound to at the last look. */
    private static final class Member {
        private final String container;
        private final String vrf;
        private final ControlGroup group;
        private OptionalInt bound = OptionalInt.empty();
        private boolean isSaid;

        Member(String container, String vrf, ControlGroup group) {
            this.container = container;
            this.vrf = vrf;
            this.group = group;
        }

        void look(LinuxKernel kernel) {
            OptionalInt now = kernel.link(vrf) instanceof Vrf ? kernel.linkIndex(vrf) : OptionalInt.empty();
            if (now.isEmpty()) {
                missing();
            } else if (!now.equals(bound)) {
                group.bind(now.getAsInt());
                log.info("container {} talks through VRF {} from now on", container, vrf);
                isSaid = false;
            }
            bound = now;
        }

        /** A device that is gone leads nowhere, and 'onlink down' is to leave a container that works. */
        private void missing() {
            if (Files.exists(group.directory()) && group.link().isPresent()) {
                group.release();
            }
            if (!isSaid) {
                log.warn(
                        "container {} is to talk through VRF {} ({}), which is not there: what it starts goes by the main routing table",
                        container,
                        vrf,
                        LABEL);
                isSaid = true;
            }
        }
    }
}
