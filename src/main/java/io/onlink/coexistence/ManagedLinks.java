package io.onlink.coexistence;

import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The links that others have to leave alone.
 *
 * @param nics those that are there already
 * @param uplinks each bridge's NIC or VLAN, by the bridge's name
 * @param others names of VLANs and VRF devices
 * @param endpoints what the names of the containers' links begin with
 * @param vrfs with the services that are bound to them
 */
public record ManagedLinks(
        List<String> nics,
        SequencedMap<String, String> uplinks,
        List<String> others,
        String endpoints,
        List<HostFile.Vrf> vrfs) {
    public ManagedLinks {
        nics = List.copyOf(nics);
        uplinks = new LinkedHashMap<>(uplinks);
        others = List.copyOf(others);
        vrfs = List.copyOf(vrfs);
    }

    /** Those of a host file. */
    public static ManagedLinks of(HostFile file, String endpoints) {
        SequencedMap<String, String> uplinks = new LinkedHashMap<>();
        List<String> others = new ArrayList<>();
        for (Segment segment : file.segments().values()) {
            if (segment.hasBridge()) {
                uplinks.put(segment.link(), segment.uplink());
            }
            if (segment.vlan().isPresent()) {
                others.add(segment.uplink());
            }
        }
        others.addAll(file.vrfs().keySet());
        return new ManagedLinks(
                List.copyOf(file.nics()),
                uplinks,
                others,
                endpoints,
                List.copyOf(file.vrfs().values()));
    }

    /** Names of links that Onlink makes; the last is a shell pattern, for the containers' links. */
    List<String> made() {
        List<String> names = new ArrayList<>(uplinks.sequencedKeySet());
        names.addAll(others);
        names.add(endpoints + "*");
        return names;
    }

    /** All of them: NICs first. */
    List<String> names() {
        List<String> names = new ArrayList<>(nics);
        names.addAll(made());
        return names;
    }
}
