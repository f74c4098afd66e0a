import { PasswordInput, type PasswordInputProps, TextInput, type TextInputProps } from '@mantine/core'
import { NAME_RULE, PASSWORD_RULE } from './rules'

/** The fields of an account, wherever it is made or changed. `mayStayEmpty`: where that is not to be seen otherwise. */
type FieldProps = TextInputProps & { mayStayEmpty?: boolean }

/** A name that becomes part of paths: of a user or, by another label, of what users belong to. */
export function UsernameField(props: TextInputProps) {
  return (
    <TextInput
      label="Username"
      description={NAME_RULE}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      required
      {...props}
    />
  )
}

export function NameField({ mayStayEmpty = false, ...props }: FieldProps) {
  return <TextInput label="Name" description={`As others see you.${optional(mayStayEmpty)}`} {...props} />
}

export function EmailField({ mayStayEmpty = false, ...props }: FieldProps) {
  const description = `To sign in with, besides the username.${optional(mayStayEmpty)}`
  return <TextInput label="E-mail" type="email" description={description} {...props} />
}

/** A password that is chosen now. `more`: said after what it has to be. */
export function NewPasswordField({ more = '', ...props }: PasswordInputProps & { more?: string }) {
  return (
    <PasswordInput label="Password" description={`${PASSWORD_RULE}${more}`} autoComplete="new-password" {...props} />
  )
}

function optional(mayStayEmpty: boolean): string {
  return mayStayEmpty ? ' May stay empty.' : ''
}
