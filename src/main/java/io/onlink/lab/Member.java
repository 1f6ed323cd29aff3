package io.onlink.lab;

import io.onlink.model.InterfaceAddress;
import io.onlink.model.Vlan;
import io.onlink.step.Step;
import java.util.List;

/**
 * A machine of the lab: a network namespace.
 *
 * @param name what {@code onlink lab exec} calls it
 * @param purpose for whoever reads the list
 * @param before what is done in the fresh namespace, before any cable is plugged in
 * @param after what is done once all cables are there
 */
public record Member(String name, String purpose, List<Step> before, List<Step> after) {
    /** The name of the member that the host file is about. */
    public static final String HOST = "host";

    /** The name of the one behind the routers; there where the file has a router. */
    static final String CLIENT = "client";

    /** What the names of routers begin with. */
    static final String ROUTER = "router-";

    public Member {
        before = List.copyOf(before);
        after = List.copyOf(after);
    }

    /** The addresses it is given, in order. */
    public List<InterfaceAddress> addresses() {
        return after.stream()
                .filter(Step.AddAddress.class::isInstance)
                .map(step -> ((Step.AddAddress) step).address().address())
                .toList();
    }

    /** What is done to one of its ports once the cable is there. */
    List<Step> stepsFor(String port) {
        return after.stream().filter(step -> concerns(step, port)).toList();
    }

    private static boolean concerns(Step step, String port) {
        // A port's VLANs went with it.
        if (step instanceof Step.CreateLink(Vlan vlan)) {
            return port.equals(vlan.parent());
        }
        if (step instanceof Step.SetMaster enslaved) {
            return isPortOrItsVlan(enslaved.link(), port);
        }
        return step instanceof Step.SetUp up && isPortOrItsVlan(up.link(), port);
    }

    private static boolean isPortOrItsVlan(String link, String port) {
        return link.equals(port) || link.startsWith(port + ".");
    }
}
