package dev.navarch.apiserver.authn;

import java.util.ArrayList;
import java.util.List;

/** Comma-separated values as Go reads them (source: encoding/csv, RFC 4180): quoted fields, no comments. */
final class Csv {
    private final String text;
    private int at;
    private int line = 1;

    private Csv(String text) {
        this.text = text.replace("\r\n", "\n");
    }

    /**
     * All records; empty lines are none.
     *
     * @throws IllegalArgumentException if quotes don't match
     */
    static List<List<String>> records(String text) {
        var reader = new Csv(text);
        List<List<String>> records = new ArrayList<>();
        while (reader.at < reader.text.length()) {
            if (reader.text.charAt(reader.at) == '\n') {
                reader.at++;
                reader.line++;
            } else {
                records.add(reader.record());
            }
        }
        return records;
    }

    private List<String> record() {
        List<String> fields = new ArrayList<>();
        while (true) {
            fields.add(at < text.length() && text.charAt(at) == '"' ? quoted() : plain());
            if (at >= text.length()) {
                return fields;
            }
            if (text.charAt(at++) == '\n') {
                line++;
                return fields;
            }
        }
    }

    private String plain() {
        int from = at;
        while (at < text.length() && text.charAt(at) != ',' && text.charAt(at) != '\n') {
            if (text.charAt(at) == '"') {
                throw wrong("bare \" in non-quoted-field");
            }
            at++;
        }
        return text.substring(from, at);
    }

    private String quoted() {
        var field = new StringBuilder();
        at++;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c != '"') {
                line += c == '\n' ? 1 : 0;
                field.append(c);
            } else if (at < text.length() && text.charAt(at) == '"') {
                field.append('"');
                at++;
            } else if (at == text.length() || text.charAt(at) == ',' || text.charAt(at) == '\n') {
                return field.toString();
            } else {
                throw wrong("extraneous or missing \" in quoted-field");
            }
        }
        throw wrong("extraneous or missing \" in quoted-field");
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("parse error on line " + line + ": " + what);
    }
}
