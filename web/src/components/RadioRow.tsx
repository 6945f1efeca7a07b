type RadioRowProps<Value extends string | number> = {
  legend: string;
  name: string;
  options: readonly { value: Value; label: string }[];
  value: Value;
  onChange: (value: Value) => void;
};

/** A row of native radio buttons drawn as one control: arrow keys move, one tab stop. */
export function RadioRow<Value extends string | number>(props: RadioRowProps<Value>) {
  return (
    <fieldset className="radio-row">
      <legend>{props.legend}</legend>
      <div className="radio-row-options">
        {props.options.map(({ value, label }) => (
          <label key={value}>
            <input
              type="radio"
              name={props.name}
              value={value}
              checked={value === props.value}
              onChange={() => props.onChange(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
