import { type UseFormReturnType, useForm } from '@mantine/form'
import { EmailField, NameField, NewPasswordField, UsernameField } from './account-fields'
import { nameProblem, passwordProblem } from './rules'

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
      <UsernameField placeholder="ada" autoComplete="username" autoFocus {...form.getInputProps('username')} />
      <NameField mayStayEmpty autoComplete="name" {...form.getInputProps('name')} />
      <EmailField mayStayEmpty autoComplete="email" {...form.getInputProps('email')} />
      <NewPasswordField required {...form.getInputProps('password')} />
    </>
  )
}
