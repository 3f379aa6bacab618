package dev.navarch.api;

/** Texts that say what types and fields are for. */
public interface Descriptions {

    /** No texts at all. */
    Descriptions NONE = (_, _) -> "";

    /**
     * @param type a schema's name
     * @param field a field's name, or empty for the type itself
     * @return the text, or empty
     */
    String of(String type, String field);
}
