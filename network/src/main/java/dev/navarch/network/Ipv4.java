package dev.navarch.network;

import java.util.regex.Pattern;

/**
 * IPv4 addresses as text. Nothing from an API object goes into a ruleset unless it has passed here, whatever the API
 * server may have let through.
 */
public final class Ipv4 {
    private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern ADDRESS = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");
    private static final Pattern CIDR = Pattern.compile(ADDRESS.pattern() + "/(3[0-2]|[12]?\\d)");

    private Ipv4() {}

    public static boolean is(String text) {
        return ADDRESS.matcher(text).matches();
    }

    static boolean isCidr(String text) {
        return CIDR.matcher(text).matches();
    }

    static void check(String text) {
        if (!is(text)) {
            throw new IllegalArgumentException("No IPv4 address: " + text);
        }
    }

    static void checkCidr(String text) {
        if (!isCidr(text)) {
            throw new IllegalArgumentException("No IPv4 range: " + text);
        }
    }

    private static long number(String address) {
        long value = 0;
        for (var part : address.split("\\.")) {
            value = value << 8 | Integer.parseInt(part);
        }
        return value;
    }

    /** Whether the range has the address. */
    public static boolean contains(String cidr, String address) {
        int slash = cidr.indexOf('/');
        int rest = 32 - Integer.parseInt(cidr.substring(slash + 1));
        return number(cidr.substring(0, slash)) >>> rest == number(address) >>> rest;
    }
}
