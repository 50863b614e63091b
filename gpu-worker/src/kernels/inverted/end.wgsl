    // What is long to write out is done in a loop, from where results were stored.
    if FINISHES != 0u && stores {
        let last_row = min(out_rows, first_row + down);
        for (var r = 0u; r < $(ROWS)u; r++) {
            for (var out_row = first_row; out_row < last_row; out_row++) {
                finish_stored(y_from + r * out_space + out_row * out_columns, min(left, $(8 / STEP)u));
            }
        }
    }
}
