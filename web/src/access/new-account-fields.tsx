import { PasswordInput, TextInput } from '@mantine/core'
import { type UseFormReturnType, useForm } from '@mantine/form'
import { NAME_RULE, nameProblem, PASSWORD_RULE, passwordProblem } from './rules'

export type NewAccount = { username: string; name: string; email: string; password: string }

/** The form of an account that somebody makes for themselves. */
export function useNewAccount(email = ''): UseFormReturnType<NewAccount> {
  return useForm<NewAccount>({
    initialValues: { username: '', name: '', email, password: '' },
    validate: { username: nameProblem, password: passwordProblem },
    validateInputOnBlur: true,
  })
}

/** As the API takes it: what was left empty is left out. */
export function newAccountBody({ username, name, email, password }: NewAccount) {
  return { username, password, name: name.trim() || undefined, email: email.trim() || undefined }
}

export function NewAccountFields({ form }: { form: UseFormReturnType<NewAccount> }) {
  return (
    <>
      <TextInput
        label="Username"
        description={NAME_RULE}
        placeholder="ada"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
        {...form.getInputProps('username')}
      />
      <TextInput
        label="Name"
        description="As others see you. May stay empty."
        autoComplete="name"
        {...form.getInputProps('name')}
      />
      <TextInput
        label="E-mail"
        description="To sign in with, too. May stay empty."
        type="email"
        autoComplete="email"
        {...form.getInputProps('email')}
      />
      <PasswordInput
        label="Password"
        description={PASSWORD_RULE}
        autoComplete="new-password"
        required
        {...form.getInputProps('password')}
      />
    </>
  )
}
