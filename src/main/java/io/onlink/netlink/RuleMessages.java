package io.onlink.netlink;

import io.onlink.model.Family;
import io.onlink.model.IpNetwork;
import io.onlink.model.Rule;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * RTM_NEWRULE, RTM_DELRULE and RTM_GETRULE.
 *
 * <pre>{@code
 * struct fib_rule_hdr {      // 12 bytes
 *     __u8  family;
 *     __u8  dst_len;
 *     __u8  src_len;
 *     __u8  tos;
 *     __u8  table;           // below 256; FRA_TABLE has any
 *     __u8  res1;
 *     __u8  res2;
 *     __u8  action;          // FR_ACT_*
 *     __u32 flags;
 * };
 * }</pre>
 */
public final class RuleMessages {
    private static final int FRA_DST = 1;
    private static final int FRA_SRC = 2;
    private static final int FRA_IIFNAME = 3;
    private static final int FRA_PRIORITY = 6;
    private static final int FRA_FWMARK = 10;
    private static final int FRA_TABLE = 15;
    private static final int FRA_FWMASK = 16;
    private static final int FRA_OIFNAME = 17;
    private static final int FRA_L3MDEV = 19;
    private static final int FRA_PROTOCOL = 21;

    private RuleMessages() {}

    /** For {@link NetlinkSocket#dump}: all rules. */
    public static Request list(Family family) {
        return header(RtnetlinkConstants.RTM_GETRULE, 0, family, 0, 0, 0, 0);
    }

    /** EEXIST where the same rule is there. */
    public static Request add(Rule rule) {
        return request(
                RtnetlinkConstants.RTM_NEWRULE, NetlinkConstants.NLM_F_CREATE | NetlinkConstants.NLM_F_EXCL, rule);
    }

    /** ENOENT where there is none. */
    public static Request delete(Rule rule) {
        return request(RtnetlinkConstants.RTM_DELRULE, 0, rule);
    }

    private static Request request(int type, int requestFlags, Rule rule) {
        Request request = header(
                type,
                requestFlags,
                rule.family(),
                prefixLength(rule.to()),
                prefixLength(rule.from()),
                rule.table(),
                rule.action());
        putNetwork(request, FRA_DST, rule.to());
        putNetwork(request, FRA_SRC, rule.from());
        putName(request, FRA_IIFNAME, rule.inputLink());
        putName(request, FRA_OIFNAME, rule.outputLink());
        request.u32(FRA_PRIORITY, rule.priority());
        if (rule.mark() != 0 || rule.markMask() != 0) {
            request.u32(FRA_FWMARK, rule.mark()).u32(FRA_FWMASK, rule.markMask());
        }
        if (rule.table() != 0) {
            request.u32(FRA_TABLE, rule.table());
        }
        if (rule.l3mdev()) {
            request.u8(FRA_L3MDEV, 1);
        }
        return request.u8(FRA_PROTOCOL, rule.protocol());
    }

    private static Request header(
            int type, int requestFlags, Family family, int toLength, int fromLength, int table, int action) {
        return Request.of(type, requestFlags)
                .u8(family.number())
                .u8(toLength)
                .u8(fromLength)
                .u8(0)
                .u8(table < 256 ? table : 0)
                .u8(0)
                .u8(0)
                .u8(action)
                .s32(0);
    }

    private static int prefixLength(@Nullable IpNetwork network) {
        return network == null ? 0 : network.prefixLength();
    }

    private static void putNetwork(Request request, int type, @Nullable IpNetwork network) {
        if (network != null && !network.isDefault()) {
            request.bytes(type, network.address().toBytes());
        }
    }

    private static void putName(Request request, int type, @Nullable String name) {
        if (name != null) {
            request.string(type, name);
        }
    }

    /** Empty for a family that Onlink does not speak. */
    public static Optional<Rule> parse(Message message) {
        ByteReader reader = message.payload().copy();
        Optional<Family> family = IpAttributes.family(reader.u8());
        int toLength = reader.u8();
        int fromLength = reader.u8();
        reader.skip(1);
        int table = reader.u8();
        reader.skip(2);
        int action = reader.u8();
        reader.skip(Integer.BYTES);
        if (family.isEmpty()) {
            return Optional.empty();
        }
        Attributes attributes = Attributes.parse(reader);
        return Optional.of(new Rule(
                family.get(),
                attributes.s32(FRA_PRIORITY).orElse(0),
                IpAttributes.network(family.get(), attributes, FRA_SRC, fromLength)
                        .orElse(null),
                IpAttributes.network(family.get(), attributes, FRA_DST, toLength)
                        .orElse(null),
                attributes.string(FRA_IIFNAME).orElse(null),
                attributes.string(FRA_OIFNAME).orElse(null),
                attributes.s32(FRA_FWMARK).orElse(0),
                attributes.s32(FRA_FWMASK).orElse(0),
                attributes.u8(FRA_L3MDEV).orElse(0) != 0,
                attributes.s32(FRA_TABLE).orElse(table),
                action,
                attributes.u8(FRA_PROTOCOL).orElse(0)));
    }
}
